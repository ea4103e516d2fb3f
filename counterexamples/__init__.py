"""Everything about a trace once an engine has found it and the judge has confirmed it: files, text, pictures.

Searches nothing and decides nothing.
"""
