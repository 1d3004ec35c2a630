"""Insight over HTTP: what was learned, what went wrong, and why; read from what workers recorded and found out."""
