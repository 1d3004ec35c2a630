"""Monitoring over HTTP: what came true, accuracy over time, and drift. No statistics."""
