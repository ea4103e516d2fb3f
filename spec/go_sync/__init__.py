"""Locks of Go's sync package. Nothing is exported here."""
