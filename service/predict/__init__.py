"""Predictions over HTTP: rows are read from JSON or CSV, predictions written as either. No encoding and no net."""
