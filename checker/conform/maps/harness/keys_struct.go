package main

import "strconv"

// K is hashed and compared field by field.
type K = struct {
	a int16
	b string
	c float32
}

// V is a structure with a pointer.
type V = struct {
	a byte
	b *byte
}

func makeKey(i int) K {
	if i == 0 {
		return K{}
	}
	return K{int16(i % 7), strconv.Itoa(i), float32(i % 3)}
}

func makeValue(v int) V    { return V{byte(v), nil} }
func valueNumber(v *V) int { return int(v.a) }
func nanNumber(_ *K) int   { return 0 }
