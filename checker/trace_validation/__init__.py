"""Decide whether a model can do what a program that really ran has logged, and say which line it cannot."""
