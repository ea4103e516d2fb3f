"""From a model's class to the intermediate representation, or to all its mistakes at once."""
