"""Sweeps at work: what the next trial tries, and whether a trial goes on."""
