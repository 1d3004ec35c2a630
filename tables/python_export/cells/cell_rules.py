"""Rules of cells: how the cells of a model's columns are read, as JSON values that an exported file carries."""

from collections.abc import Sequence
from typing import Any

from learning.column_format import PLAIN_FORMAT
from learning.encoding.columns import InputColumn
from tables.types.missing import missing_markers, missing_numbers
from tables.types.tokens import FALSE_TOKENS, TRUE_TOKENS


def describe_rules(columns: Sequence[InputColumn]) -> dict[str, dict[str, Any]]:
    """The rule of each column, by its name."""
    return {column.name: _describe_rule(column) for column in columns}


def _describe_rule(column: InputColumn) -> dict[str, Any]:
    format_ = column.format or PLAIN_FORMAT
    # a model of an earlier version read the words for missing among numbers in columns of all types
    kind = column.type if column.format is not None else "numeric"
    rule: dict[str, Any] = {"type": column.type, "missing": sorted(missing_markers(kind, format_))}
    if column.type == "numeric":
        numbers = missing_numbers(format_.missing_values) if column.format is not None else ()
        rule |= {"missing_numbers": list(numbers), "decimal": format_.decimal, "units": list(format_.units)}
        rule |= {"marks": list(format_.marks), "duration": format_.duration}
    if column.image_shape is not None:
        rule["shape"] = list(column.image_shape)
    if column.type == "boolean":
        rule |= {"true": ["1", *TRUE_TOKENS], "false": ["0", *FALSE_TOKENS]}
    if column.type in {"numeric", "datetime"}:
        rule["datetime_formats"] = list(format_.datetime_formats)
    if column.type == "datetime":
        rule |= {"date_order": format_.date_order, "last_year": format_.last_year}
    return rule
