"""Go's Swiss map: what a real one reports in the model's terms, and what to do next."""
