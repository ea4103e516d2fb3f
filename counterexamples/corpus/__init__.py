"""A trace for each model and property that is meant to break, how it is kept, and how a user keeps one."""
