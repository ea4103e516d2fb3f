package main

// K is compared and hashed as a word.
type K = int

// V is a pointer: buckets hold pointers, keys do not.
type V = *int

var stored = [256]int{}

func makeKey(i int) K { return i }

func makeValue(v int) V {
	if v == 0 {
		return nil
	}
	stored[v] = v
	return &stored[v]
}

func valueNumber(v *V) int {
	if *v == nil {
		return 0
	}
	return **v
}

func nanNumber(_ *K) int { return 0 }
