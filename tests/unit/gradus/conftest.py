"""Fixtures of the client's tests."""

from scripted_server import server

__all__ = ["server"]
