// What is in the memory of a Swiss map (Go 1.24 to 1.27).
//
// The layouts are those of internal/runtime/maps and internal/abi; the first line is written when a group has been read
// as its type says, so that a wrong layout shows at once.
package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"unsafe"
)

const slots = 8 // abi.MapGroupSlots

// header is Map, the head of a map, maps/map.go. Go 1.24 has nothing where tombstonePossible is.
type header struct {
	used                              uint64
	seed                              uintptr
	dirPtr                            unsafe.Pointer
	dirLen                            int
	globalDepth, globalShift, writing uint8
	tombstonePossible                 bool
	clearSeq                          uint64
}

// table is one of a map, maps/table.go.
type table struct {
	used, capacity, growthLeft uint16
	localDepth                 uint8
	index                      int
	groups                     unsafe.Pointer
	lengthMask                 uint64
}

// iterator is Iter, maps/table.go.
type iterator struct {
	key, elem, typ         unsafe.Pointer
	m                      *header
	entryOffset, dirOffset uint64
	clearSeq               uint64
	globalDepth            uint8
	dirIdx                 int
	tab                    *table
	group                  unsafe.Pointer
	entryIdx               uint64
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

// mapType is the description of a map's type. What follows groupSize depends on the version: see measure.
type mapType struct {
	typeHead
	key, elem, group *typeHead
	hasher           func(unsafe.Pointer, uintptr) uintptr
	groupSize        uintptr
	rest             [6]uintptr
}

const (
	indirectKey  = 4
	indirectElem = 8
)

// where keys and elements are in a group, and how far apart.
var keysOff, keyStride, elemsOff, elemStride, flags uintptr

// held is a table or a small map's group as it was last reported.
type held struct {
	at      unsafe.Pointer // keeps it alive: its address means nothing else meanwhile
	serial  int
	raw     [][]byte
	decoded [][]int32 // control byte, key and element of each slot
}

var all = map[unsafe.Pointer]*held{}

// forget is for a new map.
func forget() { all = map[unsafe.Pointer]*held{} }

// grows says whether a growth is under way, which no operation leaves behind.
func grows() bool { return false }

func seedNow() uintptr { return h.seed }

// place is where a loop has started: 1,024 times the place in the directory, and the slot.
func (it *iterator) place() int {
	if it.m == nil || it.dirIdx < 0 {
		return int(it.entryOffset % slots)
	}
	return int(it.dirOffset%(1<<it.globalDepth))*1024 + int(it.entryOffset%uint64(it.tab.capacity))
}

// measure finds the layout of a group and writes how large one is.
func measure() {
	remake(100)
	var version int
	fmt.Sscanf(runtime.Version(), "go1.%d", &version)
	if version >= 27 {
		keysOff, keyStride, elemsOff, elemStride, flags = t.rest[0], t.rest[1], t.rest[2], t.rest[3], t.rest[5]
	} else {
		keysOff, keyStride, elemsOff, elemStride, flags = slots, t.rest[0], slots+t.rest[1], t.rest[0], t.rest[2]
	}
	flags &= 1<<32 - 1
	if version < 24 || t.groupSize != t.group.size || keyStride*slots > t.groupSize || h.dirLen != 1 || h.globalShift != 64 {
		fmt.Fprintf(os.Stderr, "%s has no Swiss map of the layout known here\n", runtime.Version())
		os.Exit(1)
	}
	line = append(line[:0], '[')
	number(int(t.groupSize))
	comma(']')
	line[len(line)-1] = '\n'
	out.Write(line)
	out.Flush()
}

// report writes what has changed since the last report, and all small things.
func report(result [2]int) {
	used := map[unsafe.Pointer]*held{}
	line = append(line[:0], '[')
	number(int(h.used))
	number(h.dirLen)
	number(int(h.globalDepth))
	number(map[bool]int{true: 1}[h.tombstonePossible])
	number(result[0])
	number(result[1])
	small := 0
	line = append(line, '[')
	if h.dirLen == 0 {
		small = known(h.dirPtr, 1, used)
	} else {
		for _, tab := range unsafe.Slice((**table)(h.dirPtr), h.dirLen) {
			number(known(unsafe.Pointer(tab), int(tab.lengthMask)+1, used))
		}
	}
	comma(']')
	number(small)
	for _, each := range loops {
		if each.it != nil && each.it.dirIdx < 0 {
			known(each.it.group, 1, used)
		} else if each.it != nil {
			known(unsafe.Pointer(each.it.tab), int(each.it.tab.lengthMask)+1, used)
		}
	}
	all = used
	tables()
	line = append(line, '[')
	for n := range loops {
		if loops[n].it != nil {
			writeLoop(n, loops[n].it)
		}
	}
	comma(']')
	hashes()
	comma(']')
	line[len(line)-1] = '\n'
	out.Write(line)
}

// tables writes the fields of each table, and the groups that have changed: serial number, index, slots.
func tables() {
	line = append(line, '[')
	for _, each := range all {
		if isGroup(each.at) {
			continue
		}
		tab := (*table)(each.at)
		list([]int32{int32(each.serial), int32(tab.used), int32(tab.capacity), int32(tab.growthLeft),
			int32(tab.localDepth), int32(tab.index)})
	}
	comma(']')
	line = append(line, '[')
	for _, each := range all {
		changes(each)
	}
	comma(']')
}

// isGroup says whether something is the group of a small map, which a loop may hold on to.
func isGroup(at unsafe.Pointer) bool {
	for _, each := range loops {
		if each.it != nil && each.it.dirIdx < 0 && each.it.group == at {
			return true
		}
	}
	return h.dirLen == 0 && at == h.dirPtr
}

// known gives the serial number of a table or group, and notes that it is in use.
func known(at unsafe.Pointer, size int, used map[unsafe.Pointer]*held) int {
	if at == nil {
		return 0
	}
	each := all[at]
	if each == nil {
		each = used[at]
	}
	if each == nil {
		serial++
		each = &held{at, serial, make([][]byte, size), make([][]int32, size)}
		for i := range each.decoded {
			each.decoded[i] = empty
		}
	}
	used[at] = each
	return each.serial
}

// empty is a group without entries.
var empty = []int32{128, 0, 0, 128, 0, 0, 128, 0, 0, 128, 0, 0, 128, 0, 0, 128, 0, 0, 128, 0, 0, 128, 0, 0}

// changes writes the groups that differ from the last report.
func changes(each *held) {
	base := each.at
	if !isGroup(each.at) {
		base = (*table)(each.at).groups
	}
	for i := range each.raw {
		g := unsafe.Add(base, i*int(t.groupSize))
		memory := unsafe.Slice((*byte)(g), t.groupSize)
		if flags&(indirectKey|indirectElem) == 0 && bytes.Equal(each.raw[i], memory) {
			continue
		}
		each.raw[i] = append(each.raw[i][:0], memory...)
		now := group(g)
		if !equal(now, each.decoded[i]) {
			each.decoded[i] = now
			line = append(line, '[')
			number(each.serial)
			number(i)
			list(now)
			comma(']')
		}
	}
}

// group reads the slots of one. Those that are not full are not read: a deleted string keeps its length.
func group(g unsafe.Pointer) []int32 {
	var read []int32
	for i := uintptr(0); i < slots; i++ {
		ctrl := *(*uint8)(unsafe.Add(g, i))
		if ctrl >= 128 {
			read = append(read, int32(ctrl), 0, 0)
			continue
		}
		k := unsafe.Add(g, keysOff+i*keyStride)
		e := unsafe.Add(g, elemsOff+i*elemStride)
		if flags&indirectKey != 0 {
			k = *(*unsafe.Pointer)(k)
		}
		if flags&indirectElem != 0 {
			e = *(*unsafe.Pointer)(e)
		}
		read = append(read, int32(ctrl), keyNumber((*K)(k)), int32(valueNumber((*V)(e))))
	}
	return read
}

// writeLoop writes where a loop stands: its number, the fields of Iter, the table or group in hand, and whether there was
// no clear since it began.
func writeLoop(n int, it *iterator) {
	line = append(line, '[')
	number(n)
	number(int(it.entryOffset % 1024))
	number(int(it.dirOffset % (1 << it.globalDepth)))
	number(int(it.globalDepth))
	number(it.dirIdx)
	if it.dirIdx < 0 {
		number(all[it.group].serial)
	} else {
		number(all[unsafe.Pointer(it.tab)].serial)
	}
	number(int(it.entryIdx))
	number(map[bool]int{true: 1}[it.m != nil && it.clearSeq == it.m.clearSeq])
	comma(']')
}
