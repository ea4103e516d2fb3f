"""Models that a fresh run found to be judged in two ways, each kept as a test: see tests/fresh.py."""
