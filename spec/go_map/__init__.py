"""Models of Go's map."""
