"""Traces as files: our own in ITF JSON, and those of other tools."""
