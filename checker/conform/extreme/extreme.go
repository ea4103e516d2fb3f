// Many goroutines with maps of their own, and some that share one under a lock, while collections are forced: each map
// beside an abstract one. go run extreme.go SECONDS GOROUTINES SEED
//
// An entry's value says which key it is of and what was stored, several times over: what is freed too early or written
// twice shows. Values that were taken out are held on the stack for a while. Prints one line of JSON. Maps do not become empty within a loop: what loops yield then is known to be
// wrong (docs/findings).
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const keys = 3000

// value is that of an entry: the number of its key, and what was stored.
type value struct {
	key    int
	copies [6]int
}

// abstract is what a map should hold: what was stored under each key, or 0.
type abstract struct {
	stored [keys]int
	size   int
}

// counts are how often each thing was done.
var counts struct{ assigned, deleted, read, cleared, looped, yielded, collected atomic.Int64 }

var (
	deadline time.Time
	failure  atomic.Pointer[string]
)

// fail keeps the first thing that is wrong.
func fail(format string, arguments ...any) {
	text := fmt.Sprintf(format, arguments...)
	failure.CompareAndSwap(nil, &text)
}

func over() bool { return failure.Load() != nil || time.Now().After(deadline) }

// tried is a map beside an abstract one.
type tried[K comparable] struct {
	kind string
	key  func(int) K
	m    map[K]*value
	want abstract
	next int
}

// step does one thing by chance; most is how many entries the map should have. Returns a value that was taken out.
func (t *tried[K]) step(random *rand.Rand, most int) *value {
	i := random.Intn(keys)
	switch n := random.Intn(1000); {
	case n < 1:
		clear(t.m)
		t.want = abstract{}
		counts.cleared.Add(1)
	case n < 3:
		t.loop(random)
	case n < 200:
		t.read(i)
	case n < 600 && t.want.size < most || t.want.size == 0:
		t.assign(i)
	default:
		return t.delete(i)
	}
	return nil
}

func (t *tried[K]) assign(i int) {
	t.next++
	v := &value{key: i}
	for n := range v.copies {
		v.copies[n] = t.next
	}
	t.m[t.key(i)] = v
	if t.want.stored[i] == 0 {
		t.want.size++
	}
	t.want.stored[i] = t.next
	counts.assigned.Add(1)
}

// delete takes an entry out, and returns its value, to which nothing else leads then.
func (t *tried[K]) delete(i int) *value {
	v := t.m[t.key(i)]
	delete(t.m, t.key(i))
	t.check(i, v)
	if t.want.stored[i] != 0 {
		t.want.size--
	}
	t.want.stored[i] = 0
	counts.deleted.Add(1)
	return v
}

// whole says whether a value that was taken out is still what it was.
func whole(v *value) {
	for _, each := range v.copies {
		if each != v.copies[0] || each == 0 {
			fail("a value of key %d that is on a stack alone was overwritten", v.key)
		}
	}
}

func (t *tried[K]) read(i int) {
	t.check(i, t.m[t.key(i)])
	if len(t.m) != t.want.size {
		fail("%s keys: len is %d and should be %d", t.kind, len(t.m), t.want.size)
	}
	counts.read.Add(1)
}

// check compares what was found under a key with what was stored.
func (t *tried[K]) check(i int, v *value) {
	want := t.want.stored[i]
	if v == nil {
		if want != 0 {
			fail("%s keys: key %d is lost", t.kind, i)
		}
		return
	}
	for _, each := range v.copies {
		if v.key != i || each != want {
			fail("%s keys: key %d has %d of key %d and should have %d", t.kind, i, each, v.key, want)
		}
	}
}

// loop goes through the map and changes it meanwhile, but for the last entries: each entry comes once, unless it was
// taken out, and what is there from start to end comes.
func (t *tried[K]) loop(random *rand.Rand) {
	var due, seen [keys]bool
	for i, stored := range t.want.stored {
		due[i] = stored != 0
	}
	for _, v := range t.m {
		t.check(v.key, v)
		if seen[v.key] {
			fail("%s keys: a loop yields key %d twice", t.kind, v.key)
		}
		seen[v.key], due[v.key] = true, false
		counts.yielded.Add(1)
		i := random.Intn(keys)
		switch n := random.Intn(8); {
		case n == 0 && t.want.size > 9:
			t.delete(i)
			due[i], seen[i] = false, false
		case n < 3:
			t.assign(i)
		}
	}
	for i := range due {
		if due[i] {
			fail("%s keys: a loop misses key %d", t.kind, i)
		}
	}
	counts.looped.Add(1)
}

// own tries maps that nobody else sees, one after the other.
func own[K comparable](kind string, seed int64, key func(int) K) {
	random := rand.New(rand.NewSource(seed))
	var held [256]*value // on the stack
	taken := 0
	for !over() {
		t := &tried[K]{kind: kind, key: key, m: map[K]*value{}}
		most := []int{7, 30, 200, 1000, keys}[random.Intn(5)]
		for n := 0; n < 20*most+1000 && !over(); n++ {
			if v := t.step(random, most); v != nil {
				if held[taken%len(held)] != nil {
					whole(held[taken%len(held)])
				}
				held[taken%len(held)] = v
				taken++
			}
		}
	}
}

// shared tries a map that others try too.
func shared(lock *sync.RWMutex, t *tried[int], seed int64) {
	random := rand.New(rand.NewSource(seed))
	for !over() {
		if i := random.Intn(keys); random.Intn(2) == 0 {
			lock.RLock()
			t.read(i)
			lock.RUnlock()
		} else {
			lock.Lock()
			t.step(random, 1500)
			lock.Unlock()
		}
	}
}

// try has them all run until time is over.
func try(goroutines int, seed int64) {
	var all sync.WaitGroup
	begin := func(do func(int64)) {
		seed++
		all.Add(1)
		go func(seed int64) {
			defer all.Done()
			do(seed)
		}(seed)
	}
	targets := make([]byte, keys)
	one := &tried[int]{kind: "shared int", key: func(i int) int { return i }, m: map[int]*value{}}
	lock := &sync.RWMutex{}
	for n := range goroutines {
		switch n % 7 {
		case 0:
			begin(func(seed int64) { own("int", seed, func(i int) int { return i }) })
		case 1:
			begin(func(seed int64) { own("string", seed, strconv.Itoa) })
		case 2:
			begin(func(seed int64) { own("float", seed, func(i int) float64 { return float64(i) }) })
		case 3:
			begin(func(seed int64) { own("pointer", seed, func(i int) *byte { return &targets[i] }) })
		case 4:
			begin(func(seed int64) { own("interface", seed, func(i int) any { return i }) })
		case 5:
			begin(func(seed int64) {
				own("struct", seed, func(i int) struct {
					a int16
					b string
				} {
					return struct {
						a int16
						b string
					}{int16(i), strconv.Itoa(i)}
				})
			})
		default:
			begin(func(seed int64) { shared(lock, one, seed) })
			begin(func(seed int64) { shared(lock, one, seed) })
		}
	}
	begin(func(int64) {
		for !over() {
			runtime.GC()
			counts.collected.Add(1)
		}
	})
	all.Wait()
}

// heap is how much is in use when everything that can go has gone.
func heap() uint64 {
	var stats runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func main() {
	seconds, _ := strconv.ParseFloat(os.Args[1], 64)
	goroutines, _ := strconv.Atoi(os.Args[2])
	seed, _ := strconv.ParseInt(os.Args[3], 10, 64)
	before := heap()
	deadline = time.Now().Add(time.Duration(seconds * float64(time.Second)))
	try(goroutines, 1000*seed)
	said := ""
	if text := failure.Load(); text != nil {
		said = *text
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"assigned": counts.assigned.Load(), "deleted": counts.deleted.Load(), "read": counts.read.Load(),
		"cleared": counts.cleared.Load(), "looped": counts.looped.Load(), "yielded": counts.yielded.Load(),
		"collected": counts.collected.Load(), "before": before, "after": heap(), "failure": said,
	})
}
