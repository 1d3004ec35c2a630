"""Scenarios of `bench_edge.py`: hostile requests, slow peers, large uploads, and jobs without end."""
