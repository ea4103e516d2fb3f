"""From a program to the source text that packs states, takes steps and evaluates properties."""
