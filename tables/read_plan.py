"""Reading of a dataset's file as a model reads: by the types and formats of the columns that the model learned from.

A smaller file of the same columns may look otherwise: ids like numbers, dates of either order, no decimal comma.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from learning.encoding.columns import InputColumn
from learning.errors import UnusableColumn
from tables.options import ReadOptions
from tables.upload import IngestedTable

_UNREAD_FIELDS = frozenset({"certainty", "labels"})
"""Fields of a format that do not change how cells are read."""


class ReadPlan(NamedTuple):
    """The types and options with which `ingest` reads a file as a model reads it, and the columns that change by it."""

    types: dict[str, str]
    options: ReadOptions
    changed: tuple[InputColumn, ...]


def make_read_plan(
    profile: Sequence[Mapping[str, Any]],
    learned: Sequence[InputColumn],
    types: Mapping[str, str],
    options: Mapping[str, Any],
) -> ReadPlan | None:
    """How to read a dataset of this profile again, so that it has the learned columns; None if it has them as it is.

    `types` and `options` are those of its upload, which hold for its other columns.

    Raises:
        UnusableColumn: a column has pictures in one of them only.
    """
    columns = {column["name"]: column for column in profile}
    known = [column for column in learned if column.name in columns]
    for column in known:
        if (kind := columns[column.name]["type"]) != column.type and "image" in {kind, column.type}:
            raise UnusableColumn(
                f"Column '{column.name}' is {kind} in the dataset and {column.type} in the model.",
                "Give it values like those that the model learned from.",
            )
    changed = tuple([column for column in known if _differs(columns[column.name], column)])
    if not changed:
        return None
    formats = {column.name: column.format.to_json() for column in known if column.format is not None}
    read_as: dict[str, str] = {column.name: column.type for column in known if column.type != "image"}
    kept = {name: kind for name, kind in types.items() if name in columns}
    reread = msgspec.structs.replace(ReadOptions.from_json(options), formats=formats)
    return ReadPlan({**kept, **read_as}, reread, changed)


def target_as_learned(target: InputColumn, profile: Sequence[Mapping[str, Any]]) -> InputColumn:
    """A model's target, as a column to read: its classes may be words, numbers or booleans of a dataset."""
    there = next((column["type"] for column in profile if column["name"] == target.name), "")
    return replace(target, type=there) if target.categories and there in {"numeric", "boolean"} else target


def check_read_plan(
    plan: ReadPlan, profile: Sequence[Mapping[str, Any]], rows: int, table: IngestedTable
) -> Iterator[tuple[str, str]]:
    """The name and a sentence for each column of which cells cannot be read as the model reads.

    Raises:
        UnusableColumn: most cells of a column cannot be, or rows got lost.
    """
    if table.rows != rows:
        raise UnusableColumn(
            f"Read as the model reads, the dataset has {table.rows:,} rows instead of {rows:,}.",
            "Correct the cells that its issues name, and upload it again.",
        )
    before = {column["name"]: column for column in profile}
    after = {column.name: column for column in table.columns}
    for column in plan.changed:
        name, was = column.name, before[column.name]["type"]
        present = rows - before[name]["missing"]
        lost = after[name].missing - before[name]["missing"]
        fault = next((i for i in table.issues if i.column == name and i.action == "cell_emptied"), None)
        such = f", such as {fault.value!r}" if fault and fault.value else ""
        if 2 * lost > present:
            types = f"is {was} in the dataset and {column.type} in the model"
            what = types if was != column.type else "is written otherwise than what the model learned from"
            raise UnusableColumn(
                f"Column '{name}' {what}, and {lost:,} of its {present:,} cells cannot be read as {column.type} as in "
                f"the model{such}{f', which {fault.suggestion}' if fault and fault.suggestion else ''}.",
                "Give it values like those that the model learned from.",
            )
        if lost > 0:
            sentence = (
                f"{lost:,} of {present:,} cells of '{name}' are no {column.type} values{such}, and count as missing."
            )
            yield name, sentence


def _differs(column: Mapping[str, Any], learned: InputColumn) -> bool:
    """Whether a column of a profile was read otherwise than the model reads it."""
    if column["type"] != learned.type:
        return True
    if learned.format is None:
        return False
    own: Mapping[str, Any] = column.get("format") or {}
    model = learned.format.to_json()
    return any(own.get(field) != model.get(field) for field in {*own, *model} - _UNREAD_FIELDS)
