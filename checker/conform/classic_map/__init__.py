"""Go's classic map: a program that drives a real one, what it reports in the model's terms, and what to do next."""
