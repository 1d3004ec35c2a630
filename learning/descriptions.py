"""Descriptions for people, written once where a spec is defined.

Pydantic reads `description` and `json_schema_extra` from the metadata of dataclass fields, so these texts come out
in the JSON Schema of a job's spec, where the page, the command line and the report find them.
"""

from collections.abc import Mapping
from typing import Any, get_args


def describe(text: str, choices: Mapping[Any, str] | None = None) -> dict[str, object]:
    """Return the metadata of a dataclass field: what it means, and what each of its choices means, if it has some."""
    metadata: dict[str, object] = {"description": text}
    if choices is not None:
        metadata["json_schema_extra"] = {"x-enumDescriptions": dict(choices)}
    return metadata


class ByType:
    """Metadata of a union of dataclasses that are told apart by their `type`, so that no JSON without one fits."""

    def __get_pydantic_core_schema__(self, union: Any, handler: Any) -> dict[str, Any]:
        """Return the schema that pydantic asks metadata for: that of a union with a tag."""
        choices = {kind.type: handler.generate_schema(kind) for kind in get_args(union)}
        return {"type": "tagged-union", "discriminator": "type", "choices": choices}
