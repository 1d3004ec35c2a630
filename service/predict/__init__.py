"""Predictions over HTTP: rows in as JSON or CSV, predictions out."""
