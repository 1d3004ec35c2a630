"""Moments as they go out: RFC 3339, in UTC, with Z."""

from datetime import UTC, datetime


def rfc3339(seconds: float) -> str:
    """Unix seconds as `2026-11-22T10:00:00.000Z`, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
