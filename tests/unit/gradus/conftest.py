"""Fixtures of the client's tests."""

from tests.unit.gradus.scripted_server import server

__all__ = ["server"]
