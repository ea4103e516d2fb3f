package main

// K is a pointer: the variant of the runtime for 64 bits, with write barriers.
type K = *int

// V is a word.
type V = int

var targets []*int // every key that was made, so that a key is made once

func makeKey(i int) K {
	if i == 0 {
		return nil
	}
	for len(targets) < i {
		targets = append(targets, new(int))
	}
	return targets[i-1]
}

func makeValue(v int) V    { return v }
func valueNumber(v *V) int { return *v }
func nanNumber(_ *K) int   { return 0 }
