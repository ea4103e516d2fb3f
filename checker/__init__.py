"""The checker: language, meaning, judge, engines, command. See docs/architecture.md."""

__version__ = "0.1.0"

HOME = __name__.removesuffix("checker")
"""What stands before the names of evacheck's packages: nothing in a clone; `evacheck.` in a wheel, which takes no other
name (docs/adr/0015-one-name-in-a-wheel.md)."""
