// A range loop over a map yields an entry twice, Go 1.24 to 1.27: go run twice.go [clear|delete] [keys put back] [loops]
package main

import (
	"fmt"
	"os"
	"strconv"
)

// yieldsTwice runs one loop, whose body changes the map once: the table in hand is split, the map becomes empty, and
// some keys are put back. Says whether one of them is yielded twice after that.
func yieldsTwice(emptied string, back int) bool {
	m := map[int]bool{}
	for i := range 1000 { // two tables
		m[i] = true
	}
	var seen map[int]bool
	for k := range m {
		if seen == nil {
			seen = map[int]bool{}
			for i := range 2000 { // both are split
				m[i] = true
			}
			if emptied == "clear" {
				clear(m)
			}
			for i := range 2000 {
				delete(m, i)
			}
			for i := range back {
				m[i] = true
			}
		} else if seen[k] {
			return true
		} else {
			seen[k] = true
		}
	}
	return false
}

func main() {
	emptied, back, loops, twice := "clear", 100, 300, 0
	if len(os.Args) == 4 {
		emptied = os.Args[1]
		back, _ = strconv.Atoi(os.Args[2])
		loops, _ = strconv.Atoi(os.Args[3])
	}
	for range loops {
		if yieldsTwice(emptied, back) {
			twice++
		}
	}
	fmt.Println(twice, "of", loops, "loops yield a key twice")
}
