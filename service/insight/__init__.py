"""Insight over HTTP: evaluation, explanations, hard examples and diagnosis, from what workers recorded and computed."""
