"""Data frames of pandas and polars as uploads and as rows, known by their methods; neither need be installed."""

import io
import math
from typing import Any, Protocol, TypeGuard, cast


class PandasFrame(Protocol):
    """What is used of a pandas DataFrame."""

    def to_csv(self, path_or_buf: None, *, index: bool) -> str:
        """The frame as CSV."""
        ...

    def to_dict(self, orient: str) -> list[dict[str, object]]:
        """The rows."""
        ...


class PolarsFrame(Protocol):
    """What is used of a polars DataFrame."""

    def write_parquet(self, file: io.BytesIO) -> None:
        """Write the frame as Parquet."""
        ...

    def to_dicts(self) -> list[dict[str, object]]:
        """The rows."""
        ...


def is_pandas(source: object) -> TypeGuard[PandasFrame]:
    """Whether this is a pandas DataFrame."""
    return hasattr(source, "to_csv") and hasattr(source, "to_dict") and hasattr(source, "columns")


def is_polars(source: object) -> TypeGuard[PolarsFrame]:
    """Whether this is a polars DataFrame."""
    return hasattr(source, "write_parquet") and hasattr(source, "to_dicts")


def encode_frame(frame: PandasFrame | PolarsFrame) -> tuple[str, bytes]:
    """A data frame as a file: its format, and its bytes. The index of pandas is left out."""
    if is_polars(frame):
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        return "parquet", buffer.getvalue()
    return "csv", cast("PandasFrame", frame).to_csv(None, index=False).encode()


def list_frame_rows(frame: PandasFrame | PolarsFrame) -> list[dict[str, object]]:
    """The rows of a data frame as JSON values; what is missing is None, and a moment ISO 8601."""
    rows = frame.to_dicts() if is_polars(frame) else cast("PandasFrame", frame).to_dict("records")
    return [{str(name): _to_json(cell) for name, cell in row.items()} for row in rows]


def _to_json(cell: Any) -> object:
    """A cell as a JSON value: NumPy scalars as Python's own, moments as text, NaN and NaT as None."""
    if hasattr(cell, "isoformat"):
        text: str = cell.isoformat()
        return None if text == "NaT" else text
    plain = cell.item() if hasattr(cell, "item") else cell
    is_missing = plain is None or type(plain).__name__ == "NAType" or (isinstance(plain, float) and math.isnan(plain))
    return None if is_missing else plain
