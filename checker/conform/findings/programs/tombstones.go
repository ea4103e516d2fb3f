// A map of few entries, which come and go, takes more and more memory: go run tombstones.go [entries] [rounds]
package main

import (
	"fmt"
	"os"
	"strconv"
	"unsafe"
)

// header and table begin as Map and table of internal/runtime/maps do.
type header struct {
	used   uint64
	seed   uintptr
	dir    **table
	dirLen int
}

type table struct{ used, capacity uint16 }

// size counts the slots and the tables of a map.
func size(m unsafe.Pointer) (slots, tables int) {
	var last *table
	for _, t := range unsafe.Slice((*header)(m).dir, (*header)(m).dirLen) {
		if t != last {
			last, slots, tables = t, slots+int(t.capacity), tables+1
		}
	}
	return
}

// churn makes a map, and then replaces its oldest entry, again and again.
func churn[K comparable](entries, rounds int, key func(int) K) string {
	m := map[K]int{}
	for i := range entries {
		m[key(i)] = i
	}
	for i := range rounds {
		delete(m, key(i))
		m[key(i+entries)] = i
	}
	slots, tables := size(*(*unsafe.Pointer)(unsafe.Pointer(&m)))
	return fmt.Sprintf("%d slots in %d tables for %d entries", slots, tables, len(m))
}

func main() {
	entries, rounds := 56, 200000
	if len(os.Args) == 3 {
		entries, _ = strconv.Atoi(os.Args[1])
		rounds, _ = strconv.Atoi(os.Args[2])
	}
	targets := make([]byte, entries+rounds)
	fmt.Println("int      ", churn(entries, rounds, func(i int) int { return i }))
	fmt.Println("string   ", churn(entries, rounds, strconv.Itoa))
	fmt.Println("pointer  ", churn(entries, rounds, func(i int) *byte { return &targets[i] }))
	fmt.Println("struct   ", churn(entries, rounds, func(i int) struct{ a, b int } { return struct{ a, b int }{i, i} }))
	fmt.Println("interface", churn(entries, rounds, func(i int) any { return i }))
	fmt.Println("float64  ", churn(entries, rounds, func(i int) float64 { return float64(i) }))
}
