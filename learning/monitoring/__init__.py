"""Monitoring: how the rows that a model predicts are distributed, beside those that it learned from."""
