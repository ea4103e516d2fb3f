package main

import "strconv"

// K holds keys of several types, and is hashed by the type of each.
type K = any

// V holds values likewise.
type V = any

func makeKey(i int) K {
	switch {
	case i == 0:
		return nil
	case i%3 == 0:
		return i
	case i%3 == 1:
		return strconv.Itoa(i)
	default:
		return float64(i)
	}
}

func makeValue(v int) V {
	if v == 0 {
		return nil
	}
	return v
}

func valueNumber(v *V) int {
	if *v == nil {
		return 0
	}
	return (*v).(int)
}

func nanNumber(_ *K) int { return 0 }
