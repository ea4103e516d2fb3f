"""What runs beside a model's code: loops of the search, operations on words, and the memory they work in."""
