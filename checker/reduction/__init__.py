"""Fewer states: which steps may wait, because everything that is asked is found without taking them now."""
