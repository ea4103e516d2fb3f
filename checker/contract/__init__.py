"""What engines are given and must return, and how it is held to the interpreter. Knows no engine."""
