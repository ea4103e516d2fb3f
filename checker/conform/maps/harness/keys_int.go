package main

// K is compared and hashed as a word: the variant of the runtime for 64 bits. No pointers.
type K = int

// V is a word.
type V = int

func makeKey(i int) K        { return i }
func makeValue(v int) V      { return v }
func valueNumber(v *V) int   { return *v }
func nanNumber(_ *K) int     { return 0 }
