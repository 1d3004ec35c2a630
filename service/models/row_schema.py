"""The JSON Schema of one row that a model predicts from, so that forms and clients can be made of it.

Categories and ranges stand there as examples and notes, not as limits: what training never saw is answered too, with
a warning.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from contract.responses import rfc3339
from learning.encoding.columns import InputColumn

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_EXAMPLES: Final = 100


def build_row_schema(
    title: str, inputs: Sequence[InputColumn], ignored: Sequence[str], example: Mapping[str, Any]
) -> dict[str, Any]:
    """The schema (draft 2020-12) of a row: every column may be missing or null, and none but `ignored` may be more."""
    return {
        "$schema": DIALECT,
        "title": title,
        "type": "object",
        "properties": {
            **{column.name: _column_schema(column) for column in inputs},
            **{name: {"description": "Not looked at; a row may have it."} for name in ignored},
        },
        "additionalProperties": False,
        "examples": [dict(example)],
    }


def _column_schema(column: InputColumn) -> dict[str, Any]:
    match column.type:
        case "numeric":
            return {"type": ["number", "null"], **_range_description(column, _format_bound)}
        case "datetime":
            is_time = column.format is not None and column.format.is_time_of_day
            form = {} if is_time else {"format": "date-time"}
            return {
                "type": ["string", "null"],
                **form,
                **_range_description(column, _format_time if is_time else rfc3339),
            }
        case "boolean":
            return {"type": ["boolean", "null"]}
        case "categorical":
            categories = column.categories or ()
            more = f", and {len(categories) - MAX_EXAMPLES:,} more" if len(categories) > MAX_EXAMPLES else ""
            return {
                "type": ["string", "null"],
                "examples": list(categories[:MAX_EXAMPLES]),
                "description": f"One of the examples{more}; another is answered with a warning.",
            }
        case "image":
            return {
                "type": ["string", "null"],
                "contentEncoding": "base64",
                "contentMediaType": "image/*",
                "description": "A picture as a data: address, or its bytes as base64.",
            }
        case "text":
            return {"type": ["string", "null"]}


def _range_description(column: InputColumn, shown: Callable[[float], str]) -> dict[str, Any]:
    if column.minimum is None or column.maximum is None:
        return {}
    low, high = shown(column.minimum), shown(column.maximum)
    return {"description": f"From {low} to {high} in training; beyond, it is answered with a warning."}


def _format_time(seconds: float) -> str:
    """A time of day, such as 18:30:00."""
    return rfc3339(seconds)[11:19]


def _format_bound(value: float) -> str:
    """A number with six significant digits at most; a whole one in full."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 2**53 else f"{value:.6g}"
