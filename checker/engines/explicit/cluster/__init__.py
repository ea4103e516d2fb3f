"""A search that is spread over parts, each of which keeps the states that a hash gives it: on many machines, by Ray."""
