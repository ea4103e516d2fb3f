"""Verdicts and counterexamples as other programs read them: SARIF, JUnit, GitHub's annotations, Markdown, Mermaid."""
