"""The checker: language, meaning, judge, engines, command. See docs/architecture.md."""

__version__ = "0.1.0"
