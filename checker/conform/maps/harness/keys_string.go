package main

import "strconv"

// K has a pointer, and is the variant of the runtime for strings.
type K = string

// V is a word.
type V = int

func makeKey(i int) K {
	if i == 0 {
		return ""
	}
	return "key " + strconv.Itoa(i)
}

func makeValue(v int) V    { return v }
func valueNumber(v *V) int { return *v }
func nanNumber(_ *K) int   { return 0 }
