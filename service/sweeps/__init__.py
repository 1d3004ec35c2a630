"""Sweeps: searches for better settings over HTTP."""
