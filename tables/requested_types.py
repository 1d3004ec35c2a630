"""The types and formats of columns that are requested with an upload, by the columns' keys within chunks.

They are given by name, and a name or a type that does not exist is refused with the nearest one that does.
"""

from collections.abc import Mapping, Sequence

from learning.column_format import ColumnFormat
from learning.frame import ColumnType
from learning.spelling import cut_name, list_names, suggest_name
from tables.chunks import column_key
from tables.column_types import PARQUET_TYPES
from tables.issues import UnreadableFile
from tables.options import ReadOptions


def check_types(types: Mapping[str, str]) -> dict[str, ColumnType]:
    """The requested types by column name, checked to exist."""
    requested_types: dict[str, ColumnType] = {}
    for name, kind in types.items():
        if kind in PARQUET_TYPES:
            requested_types[name] = kind
        else:
            close = suggest_name(kind, PARQUET_TYPES)
            raise UnreadableFile(
                "unknown-type",
                f"There is no column type '{cut_name(kind)}', which is given for '{cut_name(name)}'.",
                f"Did you mean '{close}'?" if close else f"The types are: {', '.join(PARQUET_TYPES)}.",
            )
    return requested_types


def get_types_by_key(names: Sequence[str], requested_types: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """The requested types by the columns' keys."""
    return {column_key(index): requested_types[name] for index, name in enumerate(names) if name in requested_types}


def get_formats_by_key(names: Sequence[str], options: ReadOptions) -> dict[str, ColumnFormat]:
    """The formats by which columns are to be read, by their keys."""
    formats = {column_key(index): options.format_of(name) for index, name in enumerate(names) if options.formats}
    return {key: format_ for key, format_ in formats.items() if format_ is not None}


def create_unknown_column_error(requested_types: Mapping[str, ColumnType], names: Sequence[str]) -> UnreadableFile:
    """The error that a requested type is of a column that does not exist, with the name that is nearest."""
    known = frozenset(names)
    unknown = next(name for name in requested_types if name not in known)
    close = suggest_name(unknown, names)
    return UnreadableFile(
        "unknown-column",
        f"There is no column '{cut_name(unknown)}', for which a type is given.",
        f"Did you mean '{cut_name(close)}'?" if close else f"The columns are: {list_names(names)}.",
    )
