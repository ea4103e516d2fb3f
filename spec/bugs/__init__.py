"""Real bugs of other projects, each as a small model with its mend. docs/explanation/real-bugs.md tells of them."""
