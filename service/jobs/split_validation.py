"""Checks of a job's split: of contradictions, and of the columns by which rows are split and weighted."""

from collections.abc import Iterator
from typing import Literal

from contract.responses import ColumnResponse, FieldError
from learning.data.split_table import PART_NAMES
from learning.spelling import NameIndex, list_names
from service.jobs.candidate import JobCandidate, list_known_classes, unknown_column_error

SplitField = Literal["group_by", "order_by", "column"]


def check_split_columns(job: JobCandidate) -> Iterator[FieldError]:
    """Whether the split's columns are there and say the parts, and its fields do not contradict each other."""
    split = job.spec.split
    for field, detail in split.find_contradictions():
        given = getattr(split, field)
        yield FieldError(pointer=f"#/split/{field}", detail=detail, code="contradiction", given=given)
    fields: tuple[SplitField, ...] = ("group_by", "order_by", "column")
    for field in fields:
        name, pointer = getattr(split, field), f"#/split/{field}"
        if name is None:
            continue
        if name not in job.columns:
            yield unknown_column_error(pointer, name, NameIndex(job.columns))
        elif name in job.spec.target_names:
            detail = "is the target, of which new rows say nothing; choose another column"
            yield FieldError(pointer=pointer, detail=detail, code="target_in_split", given=name)
        elif detail := _find_fault(field, job.columns[name]):
            yield FieldError(pointer=pointer, detail=detail, code="unusable_column", given=name)


def _find_fault(field: SplitField, column: ColumnResponse) -> str:
    """Why the column cannot be that of the split; empty if it can."""
    if column.type == "image":
        return "holds images, which say no part of the split"
    match field:
        case "order_by":
            if column.type not in {"numeric", "datetime"}:
                return f"is {column.type}; the newest rows are found by dates or numbers"
        case "group_by":
            if column.missing == 0 and column.distinct == 1:
                return "has the same value in all rows, so that all are one group"
        case "column":
            return _find_unknown_part(column)
    return ""


def _find_unknown_part(column: ColumnResponse) -> str:
    """Why values of the column name no part of a split; empty if they may."""
    match column.type:
        case "datetime":
            return "holds dates, which name no part; to hold the newest rows back, use order_by"
        case "numeric" if isinstance(column.min, int | float) and isinstance(column.max, int | float):
            if column.min < 0 or column.max > len(set(PART_NAMES.values())) - 1:
                return f"holds numbers from {column.min:g} to {column.max:g}; write 0, 1 or 2 for the parts"
        case "categorical" | "text":
            values = sorted(list_known_classes(column))
            if any(value.strip().lower() not in PART_NAMES for value in values):
                return f"holds {list_names(values)}; write train, validation or test, or 0, 1 or 2"
        case _:
            pass
    return ""


def check_weight_column(job: JobCandidate) -> Iterator[FieldError]:
    """Whether the column of weights is there, has numbers, and is neither the target nor a feature."""
    name, detail, code = job.spec.weight_column, "", "unusable_column"
    if name is None:
        return
    if name not in job.columns:
        yield unknown_column_error("#/weight_column", name, NameIndex(job.columns))
        return
    column = job.columns[name]
    if name in job.spec.target_names:
        detail, code = "is the target; rows are not weighted by what is predicted", "target_as_weight"
    elif name in (job.spec.features or ()):
        detail, code = "is also among the features; take it out of one of them", "weight_as_feature"
    elif column.type != "numeric":
        detail = f"is {column.type}, and weights are numbers of 0 or more"
    elif column.max is not None and isinstance(column.max, int | float) and column.max <= 0:
        detail = "has no number above 0, so that no row counts"
    if detail:
        yield FieldError(pointer="#/weight_column", detail=detail, code=code, given=name)
