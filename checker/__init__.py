"""The checker: language, meaning, judge, engines, command. See docs/architecture.md."""
