"""Walk through a model by hand: what can happen next, and the page and the address that show it."""
