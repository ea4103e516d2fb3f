"""What verdicts rest on, written down and decided again by code that shares nothing with the engines."""
