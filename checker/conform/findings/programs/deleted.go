// A pointer is taken out of a map and is then on the stack alone, while collections mark: go run deleted.go [seconds]
package main

import (
	"os"
	"runtime"
	"strconv"
	"time"
)

func main() {
	seconds := 10
	if len(os.Args) == 2 {
		seconds, _ = strconv.Atoi(os.Args[1])
	}
	go func() {
		for {
			runtime.GC()
		}
	}()
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end); {
		m := map[int]*[4]int{}
		for i := range 50000 {
			m[i] = new([4]int)
		}
		var held [256]*[4]int
		for i := range 50000 {
			held[i%len(held)] = m[i]
			delete(m, i)
		}
		sum := 0
		for _, each := range held {
			sum += each[0]
		}
		if sum != 0 {
			println("something was overwritten")
			os.Exit(1)
		}
	}
	println("nothing amiss in", seconds, "seconds")
}
