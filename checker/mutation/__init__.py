"""Small faults in a text, and the mutants of a model that come of them."""
