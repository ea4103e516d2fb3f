package main

import "math"

// K has values that equal nothing, not even themselves. No pointers; the general code of the runtime.
type K = float64

// V is a word.
type V = int

// makeKey makes a NaN of a negative number, a different one of each.
func makeKey(i int) K {
	if i < 0 {
		return math.Float64frombits(math.Float64bits(math.NaN()) + uint64(-1-i)<<8)
	}
	return K(i)
}

func makeValue(v int) V    { return v }
func valueNumber(v *V) int { return *v }
func nanNumber(k *K) int   { return int((math.Float64bits(*k) - math.Float64bits(math.NaN())) >> 8) }
