"""A command in this process, and a catalogue of two tiny models, for every test here that asks for them."""

from tests.support.commands import expected, run

__all__ = ["expected", "run"]
