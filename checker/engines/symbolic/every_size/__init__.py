"""Induction for every size at once: members of symmetric types are quantified over, and not counted."""
