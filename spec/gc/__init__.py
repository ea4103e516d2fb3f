"""Models of Go's garbage collector."""
