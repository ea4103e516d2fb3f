package main

// K is too large for a cell, which holds a pointer to it.
type K = [17]int

// V likewise.
type V = [20]int

func makeKey(i int) (k K) {
	k[3], k[16] = i, i
	return
}

func makeValue(v int) (e V) {
	e[19] = v
	return
}

func valueNumber(v *V) int { return v[19] }
func nanNumber(_ *K) int   { return 0 }
