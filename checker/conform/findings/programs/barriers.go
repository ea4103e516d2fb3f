// A map grows, entry by entry, while the collector runs; and one pointer of our own is stored.
package main

import "runtime"

type holder struct{ p *int }

var held = &holder{}

func main() {
	m := map[int]*int{}
	for i := range 100000 {
		p := new(int)
		m[i] = p
		if i%50000 == 0 {
			held.p = p
			runtime.GC()
		}
	}
	runtime.KeepAlive(m)
}
