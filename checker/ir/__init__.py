"""The typed intermediate representation that everything reads, and what can be said of it without running it."""
