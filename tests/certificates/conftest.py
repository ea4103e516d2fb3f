"""A model and a certificate of it, and a command in this process, for every test here that asks for them."""

from tests.support.certificates import folder, model
from tests.support.commands import run

__all__ = ["folder", "model", "run"]
