// Drive a real map of Go's classic runtime (1.21 to 1.23) and report after each operation what is in its memory.
//
// Reads one operation a line and answers each with one line of JSON; a line with a dot has everything written out. It
// decides nothing: what a report means is in reading.py beside this folder. The types K and V of the map, and keys and
// values by number, come from one of the files keys_*.go.
//
// Nothing here writes the map's memory. The layouts below are those of runtime/map.go and internal/abi/type.go; the
// first report is preceded by the sizes that the map's own type states, so that a wrong layout shows at once.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"unsafe"
)

const cells = 8 // abi.MapBucketCount

// hmap is the header of a map, runtime/map.go.
type hmap struct {
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

// hiter is an iterator, runtime/map.go.
type hiter struct {
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
}

// loop is a range loop that is under way.
type loop struct {
	iter *reflect.MapIter
	it   *hiter
}

var (
	m       map[K]V
	h       *hmap
	t       *mapType
	keys    []K
	numbers = map[K]int32{}
	loops   [2]loop
	arrays  = map[unsafe.Pointer]*array{}
	serial  int
	seed    uint32
	seeded  bool
	wanted  []uint64    // the low bits that each key's hash should have
	low     uint64      // which bits these are
	total   [16]uintptr // the spare overflow buckets of an array, by B
	out     = bufio.NewWriterSize(os.Stdout, 1<<16)
	line    []byte
)

func main() {
	measure()
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		words := bytes.Fields(in.Bytes())
		switch words[0][0] {
		case '.':
			out.Flush()
			continue
		case 'w':
			want(words[1:])
			continue
		}
		var numbers [2]int
		for i, word := range words[1:] {
			numbers[i], _ = strconv.Atoi(string(word))
		}
		do(words[0][0], numbers[0], numbers[1])
	}
	out.Flush()
}

// do carries one operation out and reports.
func do(op byte, x, y int) {
	result := [2]int{-1, -1}
	switch op {
	case 'k':
		makeKeys(x)
		return
	case 'm':
		remake(x)
	case 'a':
		m[key(x)] = makeValue(y)
	case 'd':
		delete(m, key(x))
	case 'g':
		if v, ok := m[key(x)]; ok {
			result[0] = valueNumber(&v)
		}
	case 'c':
		clear(m)
	case 's':
		if loops[x].it != nil || h.count == 0 {
			break
		}
		result = start(x, y)
	case 'n':
		if loops[x].it != nil {
			result = next(x)
		}
	}
	report(result)
}

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

// makeKeys makes so many keys.
func makeKeys(n int) {
	keys, numbers = nil, map[K]int32{}
	for i := 0; i < n; i++ {
		keys = append(keys, makeKey(i))
		numbers[keys[i]] = int32(i)
	}
}

// remake starts again with a new map.
func remake(hint int) {
	m = make(map[K]V, hint)
	if hint == 0 {
		m = make(map[K]V)
	}
	h = *(**hmap)(unsafe.Pointer(&m))
	var any any = m
	t = *(**mapType)(unsafe.Pointer(&any))
	arrays = map[unsafe.Pointer]*array{}
	loops = [2]loop{}
	seeded = false
}

// key is key number x; numbers beyond the keys are those of NaNs.
func key(x int) K {
	if x < len(keys) {
		return keys[x]
	}
	return makeKey(-1 - (x - len(keys)))
}

// want says which low bits the hashes of keys should have, whatever the seed; without any it is left to chance.
func want(words [][]byte) {
	wanted = nil
	for i, word := range words {
		n, _ := strconv.ParseUint(string(word), 10, 64)
		if i == 0 {
			low = n
		} else {
			wanted = append(wanted, n)
		}
	}
}

// choose takes other keys, so that their hashes are as wanted. Only where nothing names a key. Key 0 stays: it is the
// zero value, which cleared cells hold.
func choose() {
	if wanted == nil || h.count > 0 || h.oldbuckets != nil || loops != [2]loop{} {
		return
	}
	numbers = map[K]int32{keys[0]: 0}
	candidate := 1
	for i := 1; i < len(keys); i++ {
		for keys[i] = makeKey(candidate); hash(i)&low != wanted[i]; keys[i] = makeKey(candidate) {
			candidate++
		}
		candidate++
		numbers[keys[i]] = int32(i)
	}
}

// hash is what the map's own hash function gives for key number i.
func hash(i int) uint64 {
	return uint64(t.hasher(unsafe.Pointer(&keys[i]), uintptr(h.hash0)))
}

// start begins a loop. A loop may start anywhere: one that is to start from a certain bucket and cell (y, counted from 1,
// is 8 times the bucket and the cell) is begun anew, and what was begun forgotten, until it does.
func start(x, y int) (result [2]int) {
	for tries := 0; tries < 10000; tries++ {
		iter := reflect.ValueOf(m).MapRange()
		it := (*hiter)(unsafe.Pointer(uintptr(unsafe.Pointer(iter)) + unsafe.Sizeof(reflect.Value{})))
		loops[x] = loop{iter, it}
		result = next(x)
		if y == 0 || uintptr(y-1) == it.startBucket*cells+uintptr(it.offset) {
			break
		}
	}
	return result
}

// next takes a loop to its next entry: the numbers of its key and value, or -1.
func next(n int) [2]int {
	if !loops[n].iter.Next() {
		loops[n] = loop{}
		return [2]int{-1, -1}
	}
	var v V
	reflect.ValueOf(&v).Elem().Set(loops[n].iter.Value())
	var k K
	reflect.ValueOf(&k).Elem().Set(loops[n].iter.Key())
	return [2]int{int(keyNumber(&k)), valueNumber(&v)}
}

func keyNumber(k *K) int32 {
	if *k != *k {
		return int32(len(keys) + nanNumber(k))
	}
	if n, ok := numbers[*k]; ok {
		return n
	}
	return -2
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
			iterator(n, loops[n].it)
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

// number writes a number and a comma.
func number(n int) {
	line = append(strconv.AppendInt(line, int64(n), 10), ',')
}

// comma ends a list: what closes it takes the place of the last comma.
func comma(closing byte) {
	if line[len(line)-1] == ',' {
		line[len(line)-1] = closing
	} else {
		line = append(line, closing)
	}
	line = append(line, ',')
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
		a = &array{at, serial, make([][]byte, size), make([][]int32, size)}
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
		a.raw[i] = a.raw[i][:0]
		for b := first; b != nil; b = overflow(b) {
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

func equal(a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func list(numbers []int32) {
	line = append(line, '[')
	for _, n := range numbers {
		number(int(n))
	}
	comma(']')
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

// iterator writes where a loop stands: its number, the fields of hiter, and the bucket in hand as array and index in
// an array, or as spare, or as a chain of its own.
func iterator(n int, it *hiter) {
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

// hashes writes every key's hash if the seed is not that of the last report.
func hashes() {
	if seeded && seed == h.hash0 {
		return
	}
	seed, seeded = h.hash0, true
	choose()
	line = append(line, '[')
	for i := range keys {
		line = append(strconv.AppendUint(line, hash(i), 10), ',')
	}
	comma(']')
}
