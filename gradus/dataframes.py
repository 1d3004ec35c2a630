"""Data frames of pandas and polars, in and out: known by their methods, imported when one is made, never required."""

import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import Any, Final, Literal, Protocol, TypeGuard, cast

from pydantic import BaseModel

from gradus.errors import GradusError

MAX_CELLS: Final = 200_000
MAX_ROWS: Final = 5_000
"""The rows that are predicted by one request; there are fewer where there are many columns."""
SINGULAR: Final = {"values": "value", "quantiles": "quantile", "probabilities": "probability"}
"""The first part of the names of columns that are made of a mapping."""

Library = Literal["pandas", "polars"]


class PandasFrame(Protocol):
    """What is used of a pandas DataFrame."""

    columns: Any
    index: Any
    iloc: Any

    def __len__(self) -> int: ...

    def to_csv(self, path_or_buf: None, *, index: bool) -> str:
        """The frame as CSV."""
        ...

    def to_dict(self, orient: str) -> list[dict[str, object]]:
        """The rows."""
        ...


class PolarsFrame(Protocol):
    """What is used of a polars DataFrame."""

    columns: Any

    def __len__(self) -> int: ...

    def slice(self, offset: int, length: int) -> "PolarsFrame":
        """Some rows."""
        ...

    def drop(self, columns: Sequence[str]) -> "PolarsFrame":
        """The frame without columns."""
        ...

    def write_parquet(self, file: io.BytesIO) -> None:
        """Write the frame as Parquet."""
        ...

    def to_dicts(self) -> list[dict[str, object]]:
        """The rows."""
        ...


AnyFrame = PandasFrame | PolarsFrame


def is_pandas(source: object) -> TypeGuard[PandasFrame]:
    """Whether this is a pandas DataFrame."""
    return hasattr(source, "to_csv") and hasattr(source, "to_dict") and hasattr(source, "columns")


def is_polars(source: object) -> TypeGuard[PolarsFrame]:
    """Whether this is a polars DataFrame."""
    return hasattr(source, "write_parquet") and hasattr(source, "to_dicts")


def is_frame(source: object) -> TypeGuard[AnyFrame]:
    """Whether this is a data frame."""
    return is_pandas(source) or is_polars(source)


def encode_frame(frame: AnyFrame) -> tuple[str, bytes]:
    """A data frame as a file: its format, and its bytes. The index of pandas is left out."""
    if is_polars(frame):
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        return "parquet", buffer.getvalue()
    return "csv", cast("PandasFrame", frame).to_csv(None, index=False).encode()


def list_frame_rows(frame: AnyFrame) -> list[dict[str, object]]:
    """The rows of a data frame as JSON values; what is missing is None, and a moment ISO 8601."""
    rows = frame.to_dicts() if is_polars(frame) else cast("PandasFrame", frame).to_dict("records")
    return [{str(name): _to_json(cell) for name, cell in row.items()} for row in rows]


def cut_frame(frame: AnyFrame, *, without: Sequence[str]) -> Iterator[AnyFrame]:
    """A data frame in parts of as many rows as one request predicts, without some columns; at least one part."""
    rows = max(min(MAX_ROWS, MAX_CELLS // max(len(frame.columns), 1)), 1)
    for start in range(0, max(len(frame), 1), rows):
        if is_polars(frame):
            yield frame.slice(start, rows).drop(without)
        else:
            yield cast("PandasFrame", frame).iloc[start : start + rows].drop(columns=without)


def make_frame_like(frame: AnyFrame, records: Sequence[Mapping[str, object]]) -> Any:
    """A data frame of the same library with these rows, and of pandas with the same index."""
    if is_polars(frame):
        return to_polars(records)
    made = to_pandas(records)
    made.index = cast("PandasFrame", frame).index
    return made


def to_pandas(answers: object) -> Any:
    """Answers of a server as a pandas DataFrame: epochs, mistakes, predictions, jobs, models or rows.

    A row for each; what is within another becomes a column such as `metrics_rmse`.

    Raises:
        GradusError: pandas is not installed.
    """
    records = list_records(answers)
    return _import("pandas").DataFrame(fill_columns(records), index=range(len(records)))


def to_polars(answers: object) -> Any:
    """Answers of a server as a polars DataFrame, as `to_pandas` does it.

    Raises:
        GradusError: polars is not installed.
    """
    return make_frame("polars", fill_columns(list_records(answers)))


def make_frame(library: Library, columns: Mapping[str, Sequence[object]]) -> Any:
    """A data frame of columns.

    Raises:
        GradusError: the library is not installed.
    """
    module = _import(library)
    return module.DataFrame(columns) if library == "pandas" else module.DataFrame(columns, strict=False)


def read_columns(rows: Iterable[Mapping[str, object]], types: Mapping[str, str]) -> dict[str, list[object]]:
    """The rows of a dataset as the columns of its `types`, by name; moments are Python's own."""
    columns: dict[str, list[object]] = {name: [] for name in types}
    for row in rows:
        for name, cells in columns.items():
            cell = row.get(name)
            if types[name] == "datetime" and isinstance(cell, str):
                cell = datetime.fromisoformat(cell)
            cells.append(cell)
    return columns


def list_records(answers: object) -> list[dict[str, object]]:
    """Answers as flat rows, by the names of columns: those of a list, or of the list that an answer consists of."""
    if isinstance(answers, BaseModel):
        listed: Iterable[object] = next(iter(find_lists(answers).values()), [answers])
    elif isinstance(answers, Mapping) or hasattr(answers, "answer"):
        listed = [cast("object", answers)]
    else:
        listed = cast("Iterable[object]", answers)
    return [dict(flatten(answer)) for answer in listed]


def find_lists(answer: BaseModel) -> dict[str, list[object]]:
    """The fields of an answer that are lists of answers, of which some may be missing."""
    fields = cast("dict[str, object]", dict(answer))
    lists = {name: cast("list[object]", value) for name, value in fields.items() if isinstance(value, list)}
    return {name: items for name, items in lists.items() if any(isinstance(each, BaseModel) for each in items)}


def flatten(answer: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    """The fields of an answer, and of those within it, such as `metrics_rmse`; nothing of None."""
    whole = getattr(answer, "answer", answer)
    if whole is None:
        return
    fields = cast("Mapping[str, object]", whole if isinstance(whole, Mapping) else dict(cast("BaseModel", whole)))
    for name, value in fields.items():
        if isinstance(value, Mapping | BaseModel):
            yield from flatten(cast("object", value), f"{prefix}{SINGULAR.get(name, name)}_")
        elif name != "object" or isinstance(whole, Mapping):
            yield f"{prefix}{name}", _list_plain(value)


def _list_plain(value: object) -> object:
    """A cell of a data frame; answers in a list as mappings."""
    if isinstance(value, list | tuple):
        return [each.model_dump() if isinstance(each, BaseModel) else each for each in cast("list[object]", value)]
    return value


def fill_columns(records: Sequence[Mapping[str, object]]) -> dict[str, list[object]]:
    """Rows as columns, in the order in which they come, but for empty ones; None where a row has nothing."""
    names = dict.fromkeys(name for record in records for name in record)
    columns = {name: [record.get(name) for record in records] for name in names}
    return {name: cells for name, cells in columns.items() if any(cell is not None for cell in cells)}


def _import(library: Library) -> Any:
    try:
        return import_module(library)
    except ModuleNotFoundError as error:
        raise GradusError(f"{library} is not installed here: pip install {library}") from error


def _to_json(cell: Any) -> object:
    """A cell as a JSON value: NumPy scalars as Python's own, moments as text, NaN and NaT as None."""
    if hasattr(cell, "isoformat"):
        text: str = cell.isoformat()
        return None if text == "NaT" else text
    plain = cell.item() if hasattr(cell, "item") else cell
    is_missing = plain is None or type(plain).__name__ == "NAType" or (isinstance(plain, float) and math.isnan(plain))
    return None if is_missing else plain
