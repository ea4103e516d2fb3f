"""Temporal properties over all states that the search has stored: where a fair behaviour can go round for ever."""
