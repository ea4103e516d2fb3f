"""Traces as pictures: in the terminal, as SVG and PNG, as a graph, as a page to step through."""
