package main

// K is compared and hashed as a word of 32 bits: the variant of the runtime for these. No pointers.
type K = int32

// V is as small.
type V = uint8

func makeKey(i int) K      { return K(i) }
func makeValue(v int) V    { return V(v) }
func valueNumber(v *V) int { return int(*v) }
func nanNumber(_ *K) int   { return 0 }
