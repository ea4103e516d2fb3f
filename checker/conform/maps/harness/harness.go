// Drive a real map of Go and report after each operation what is in its memory.
//
// Reads one operation a line and answers each with one line of JSON; a line with a dot has everything written out. It
// decides nothing: what a report means is in reading.py of the folders classic_map and swiss_map. The types K and V of
// the map, and keys and values by number, come from one of the files keys_*.go; what reads the memory of one kind of map
// is in classic.go or swiss.go. Nothing here writes that memory.
package main

import (
	"bufio"
	"bytes"
	"os"
	"reflect"
	"strconv"
	"unsafe"
)

// loop is a range loop that is under way.
type loop struct {
	iter *reflect.MapIter
	it   *iterator
}

const anyHash = 1<<64 - 1

var (
	m       map[K]V
	h       *header
	t       *mapType
	keys    []K
	numbers = map[K]int32{}
	loops   [2]loop
	serial  int
	seed    uintptr
	seeded  bool
	wanted  []uint64    // what bits of each key's hash should be, or anyHash
	low     uint64      // which bits these are
	out     = bufio.NewWriterSize(os.Stdout, 1<<16)
	line    []byte
)

func main() {
	measure()
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20) // a line of wanted hashes is long
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
		if loops[x].it != nil || len(m) == 0 {
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
	h = *(**header)(unsafe.Pointer(&m))
	var any any = m
	t = *(**mapType)(unsafe.Pointer(&any))
	forget()
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

// want says what some bits of the hashes of keys should be, whatever the seed; without any it is left to chance.
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
	if wanted == nil || len(m) > 0 || grows() || loops != [2]loop{} {
		return
	}
	numbers = map[K]int32{keys[0]: 0}
	candidate := 1
	for i := 1; i < len(keys); i++ {
		for keys[i] = makeKey(candidate); wanted[i] != anyHash && hash(i)&low != wanted[i]; keys[i] = makeKey(candidate) {
			candidate++
		}
		candidate++
		numbers[keys[i]] = int32(i)
	}
}

// hash is what the map's own hash function gives for key number i.
func hash(i int) uint64 {
	return uint64(t.hasher(unsafe.Pointer(&keys[i]), seedNow()))
}

// start begins a loop. A loop may start anywhere: one that is to start at a certain place (y, counted from 1) is begun
// anew, and what was begun forgotten, until it does.
func start(x, y int) (result [2]int) {
	for tries := 0; tries < 10000; tries++ {
		iter := reflect.ValueOf(m).MapRange()
		it := (*iterator)(unsafe.Pointer(uintptr(unsafe.Pointer(iter)) + unsafe.Sizeof(reflect.Value{})))
		loops[x] = loop{iter, it}
		result = next(x)
		if y == 0 || it.place() == y-1 {
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

// hashes writes every key's hash if the seed is not that of the last report.
func hashes() {
	if seeded && seed == seedNow() {
		return
	}
	seed, seeded = seedNow(), true
	choose()
	line = append(line, '[')
	for i := range keys {
		line = append(strconv.AppendUint(line, hash(i), 10), ',')
	}
	comma(']')
}
