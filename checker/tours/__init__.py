"""Tests of a real program made from a model: tours that take every step, and what is to be seen after each."""
