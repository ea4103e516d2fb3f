"""Small, well-known models whose verdicts and state counts others have published."""
