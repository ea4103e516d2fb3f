"""What is the same for all real maps of Go: what can be done to one, the program that does it, the rules of `range`."""
