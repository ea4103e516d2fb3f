"""Models for other checkers: each step as a guarded command over plain variables, in their languages."""
