"""Tags and notes of jobs, datasets and models, as requests change them."""

from collections.abc import Mapping
from typing import Any


def make_label_changes(tags: Mapping[str, str] | None, note: str | None) -> dict[str, Any]:
    """The body of a change; what is None is left out, and an empty note is none."""
    changes: dict[str, Any] = {}
    if tags is not None:
        changes["tags"] = dict(tags)
    if note is not None:
        changes["note"] = note or None
    return changes
