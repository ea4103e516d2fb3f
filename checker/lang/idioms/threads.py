"""What the idioms have in common: a number of threads. Idioms can be inherited from side by side."""

from checker.lang import Model, Param, Range


class Threads(Model):
    """Some threads, told apart by their numbers."""

    threads = Param(2, Range(1, 8))

    Thread = Range(threads)
