// A range loop over a map of numbers yields keys that were never in it: it reads memory that was freed. Go 1.21 to 1.23.
package main

import (
	"fmt"
	"runtime"
)

var garbage [][]byte

// yieldsGarbage runs one loop, whose body changes the map once: it is cleared and filled again, so that its array has
// other overflow buckets, and then it grows. Collected, these are somebody else's. Counts keys that were never there.
func yieldsGarbage() (garbled int) {
	m := make(map[int]int, 26)
	for i := 0; i < 20; i++ {
		m[i] = i
	}
	first := true
	for k := range m {
		if first {
			first = false
			clear(m)
			for i := 0; i < 26; i++ { // into the same array
				m[i] = i
			}
			for i := 0; i < 400; i++ { // grows, and all is moved
				m[i] = i
			}
			runtime.GC()
			garbage = nil
			for n := 0; n < 2000; n++ { // as large as a bucket; its last word, the link, stays 0
				b := make([]byte, 144)
				for j := 0; j < 136; j++ {
					b[j] = 0x55
				}
				garbage = append(garbage, b)
			}
		} else if k < 0 || k >= 400 {
			garbled++
		}
	}
	return garbled
}

func main() {
	loops, keys := 0, 0
	for n := 0; n < 300; n++ {
		garbled := yieldsGarbage()
		keys += garbled
		if garbled > 0 {
			loops++
		}
	}
	fmt.Println(loops, "of 300 loops yield keys that were never in the map:", keys)
}
