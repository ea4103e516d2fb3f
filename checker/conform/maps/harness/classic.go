// What is in the memory of a map of Go's classic runtime (1.21 to 1.23).
//
// The layouts are those of runtime/map.go and internal/abi/type.go; the first line is written when maps of each size
// have been made, so that a wrong layout shows at once.
package main

import (
	"bytes"
	"fmt"
	"os"
	"unsafe"
)

const cells = 8 // abi.MapBucketCount

// header is hmap, the head of a map, runtime/map.go.
type header struct {
	count      int
	flags      uint8
	B          uint8
	noverflow  uint16
	hash0      uint32
	buckets    unsafe.Pointer
	oldbuckets unsafe.Pointer
	nevacuate  uintptr
	extra      *mapextra
}

// mapextra is what not every map has, runtime/map.go.
type mapextra struct {
	overflow     unsafe.Pointer
	oldoverflow  unsafe.Pointer
	nextOverflow unsafe.Pointer
}

// iterator is hiter, runtime/map.go.
type iterator struct {
	key, elem, t, h       unsafe.Pointer
	buckets, bptr         unsafe.Pointer
	overflow, oldoverflow unsafe.Pointer
	startBucket           uintptr
	offset                uint8
	wrapped               bool
	B, i                  uint8
	bucket, checkBucket   uintptr
}

// typeHead is the head of every type's description, internal/abi/type.go.
type typeHead struct {
	size, ptrBytes          uintptr
	hash                    uint32
	tflag, align, fieldAlig uint8
	kind                    uint8
	equal                   func(unsafe.Pointer, unsafe.Pointer) bool
	gcdata                  *byte
	str, ptrToThis          int32
}

// mapType is the description of a map's type, internal/abi/type.go.
type mapType struct {
	typeHead
	key, elem, bucket *typeHead
	hasher            func(unsafe.Pointer, uintptr) uintptr
	keySize, elemSize uint8
	bucketSize        uint16
	flags             uint32
}

const (
	indirectKey  = 1
	indirectElem = 2
	noCheck      = ^uintptr(0)>>1 + 1
)

// array is a bucket array as it was last reported.
type array struct {
	at      unsafe.Pointer // keeps the array alive: its address means nothing else meanwhile
	serial  int
	raw     [][]byte  // the memory of each chain
	decoded [][]int32 // the same in numbers: tophash, key and element of each cell
	chained [][]unsafe.Pointer // keeps overflow buckets alive: where nothing else does, Go's own loops read freed memory
}

var (
	arrays = map[unsafe.Pointer]*array{}
	total  [16]uintptr // the spare overflow buckets of an array, by B
)

// forget is for a new map.
func forget() { arrays = map[unsafe.Pointer]*array{} }

// grows says whether an old array is there.
func grows() bool { return h.oldbuckets != nil }

func seedNow() uintptr { return uintptr(h.hash0) }

// place is where a loop has started: 8 times the bucket, and the cell.
func (it *iterator) place() int { return int(it.startBucket*cells + uintptr(it.offset)) }

// measure writes how many spare overflow buckets arrays come with, for B = 0, 1, ..., 7, and the sizes of the types.
func measure() {
	line = append(line[:0], '[')
	for b := 0; b <= 7; b++ {
		remake(12 << b / 2)
		if int(h.B) != b && b > 0 {
			fmt.Fprintf(os.Stderr, "a hint of %d gives B = %d\n", 12<<b/2, h.B)
			os.Exit(1)
		}
		left := spares()
		total[b] = uintptr(left)
		number(left)
	}
	comma(']')
	line[len(line)-1] = '\n'
	out.Write(line)
	out.Flush()
}

// report writes what has changed since the last report, and all small things.
func report(result [2]int) {
	line = append(line[:0], '[')
	number(h.count)
	number(int(h.flags))
	number(int(h.B))
	number(int(h.noverflow))
	number(int(h.nevacuate))
	number(spares())
	used := map[unsafe.Pointer]*array{}
	number(known(h.buckets, 1<<h.B, used))
	number(known(h.oldbuckets, oldSize(), used))
	for n := range loops {
		if loops[n].it != nil {
			known(loops[n].it.buckets, 1<<loops[n].it.B, used)
		}
	}
	arrays = used
	number(result[0])
	number(result[1])
	line = append(line, '[')
	for _, a := range arrays {
		changes(a)
	}
	comma(']')
	line = append(line, '[')
	for n := range loops {
		if loops[n].it != nil {
			writeLoop(n, loops[n].it)
		}
	}
	comma(']')
	handedOut()
	hashes()
	comma(']')
	line[len(line)-1] = '\n'
	out.Write(line)
}

// handedOut writes where the spare buckets of the current array are in use: number, index, link of each.
func handedOut() {
	line = append(line, '[')
	if h.B >= 4 {
		for i := 0; i < 1<<h.B; i++ {
			link := 1
			for b := overflow(unsafe.Add(h.buckets, i*int(t.bucketSize))); b != nil; b = overflow(b) {
				behind := uintptr(b) - uintptr(h.buckets) - uintptr(t.bucketSize)<<h.B
				if number := behind / uintptr(t.bucketSize); uintptr(b) > uintptr(h.buckets) && number < total[h.B] {
					list([]int32{int32(number), int32(i), int32(link)})
				}
				link++
			}
		}
	}
	comma(']')
}

// oldSize is how many buckets the old array has.
func oldSize() int {
	if h.flags&8 != 0 || h.B == 0 {
		return 1 << h.B
	}
	return 1 << (h.B - 1)
}

// known gives the serial number of an array, and notes that it is in use.
func known(at unsafe.Pointer, size int, used map[unsafe.Pointer]*array) int {
	if at == nil {
		return 0
	}
	a := arrays[at]
	if a == nil {
		a = used[at]
	}
	if a == nil {
		serial++
		a = &array{at, serial, make([][]byte, size), make([][]int32, size), make([][]unsafe.Pointer, size)}
	}
	used[at] = a
	return a.serial
}

// spares counts the overflow buckets that came with the array and are not in use.
func spares() int {
	if h.extra == nil || h.extra.nextOverflow == nil {
		return 0
	}
	n := 1
	for b := h.extra.nextOverflow; overflow(b) == nil; b = unsafe.Add(b, t.bucketSize) {
		n++
	}
	return n
}

func overflow(b unsafe.Pointer) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Add(b, uintptr(t.bucketSize)-unsafe.Sizeof(uintptr(0))))
}

// changes writes the chains of an array that differ from the last report: serial number, index, cells.
func changes(a *array) {
	for i := range a.raw {
		first := unsafe.Add(a.at, i*int(t.bucketSize))
		n, same := 0, t.flags&(indirectKey|indirectElem) == 0
		for b := first; b != nil; b = overflow(b) {
			memory := unsafe.Slice((*byte)(b), t.bucketSize)
			end := n + int(t.bucketSize)
			if same && (len(a.raw[i]) < end || !bytes.Equal(a.raw[i][n:end], memory)) {
				same = false
			}
			n = end
		}
		if same && n == len(a.raw[i]) {
			continue
		}
		a.raw[i], a.chained[i] = a.raw[i][:0], nil
		for b := first; b != nil; b = overflow(b) {
			a.chained[i] = append(a.chained[i], b)
			a.raw[i] = append(a.raw[i], unsafe.Slice((*byte)(b), t.bucketSize)...)
		}
		now := chain(first)
		if !equal(now, a.decoded[i]) {
			a.decoded[i] = now
			line = append(line, '[')
			number(a.serial)
			number(i)
			list(now)
			comma(']')
		}
	}
}

// chain reads a bucket and what is linked behind it. Keys and elements of free cells are not read: a deleted string
// keeps its length and loses its pointer.
func chain(b unsafe.Pointer) []int32 {
	var all []int32
	for ; b != nil; b = overflow(b) {
		for i := uintptr(0); i < cells; i++ {
			top := *(*uint8)(unsafe.Add(b, i))
			if top <= 1 || top == 4 {
				all = append(all, int32(top), 0, 0)
				continue
			}
			k := unsafe.Add(b, cells+i*uintptr(t.keySize))
			e := unsafe.Add(b, cells+cells*uintptr(t.keySize)+i*uintptr(t.elemSize))
			all = append(all, int32(top), keyAt(k), elemAt(e))
		}
	}
	return all
}

func keyAt(k unsafe.Pointer) int32 {
	if t.flags&indirectKey != 0 {
		k = *(*unsafe.Pointer)(k)
		if k == nil {
			return 0 // evacuate has cleared it; key 0 is the zero value
		}
	}
	return keyNumber((*K)(k))
}

func elemAt(e unsafe.Pointer) int32 {
	if t.flags&indirectElem != 0 {
		e = *(*unsafe.Pointer)(e)
		if e == nil {
			return -1 // evacuate has cleared it
		}
	}
	return int32(valueNumber((*V)(e)))
}

// writeLoop writes where a loop stands: its number, the fields of hiter, and the bucket in hand as array and index in
// an array, or as spare, or as a chain of its own.
func writeLoop(n int, it *iterator) {
	line = append(line, '[')
	number(n)
	number(arrays[it.buckets].serial)
	number(int(it.B))
	number(int(it.startBucket))
	number(int(it.offset))
	number(map[bool]int{true: 1}[it.wrapped])
	number(int(it.i))
	number(int(it.bucket))
	if it.checkBucket == noCheck {
		number(-1)
	} else {
		number(int(it.checkBucket))
	}
	place, at, link := find(it.bptr)
	number(place)
	number(at)
	number(link)
	if place == 3 {
		list(chain(it.bptr))
	}
	comma(']')
}

// find says where a bucket is: 0 nowhere (nil), 1 in the current array, 2 in the old one, 3 elsewhere, 4 a spare.
func find(b unsafe.Pointer) (place, at, link int) {
	if b == nil {
		return 0, 0, 0
	}
	for place, base := range []unsafe.Pointer{h.buckets, h.oldbuckets} {
		if base == nil {
			continue
		}
		for i := range arrays[base].raw {
			link := 0
			for each := unsafe.Add(base, i*int(t.bucketSize)); each != nil; each = overflow(each) {
				if each == b {
					return place + 1, i, link
				}
				link++
			}
		}
	}
	behind := uintptr(b) - uintptr(h.buckets) - uintptr(t.bucketSize)<<h.B
	if number := behind / uintptr(t.bucketSize); uintptr(b) > uintptr(h.buckets) && number < total[h.B] {
		if h.extra != nil && h.extra.nextOverflow != nil && uintptr(b) >= uintptr(h.extra.nextOverflow) {
			return 4, int(number), 0
		}
	}
	return 3, 0, 0
}

