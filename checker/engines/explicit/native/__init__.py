"""Compiled code: kernels around the emitted text, how it is compiled and cached, the memory it works in."""
