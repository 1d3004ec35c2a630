"""Pictures as `decoding` wrote them into a table: one of them for people, at a size, and all of them for a net."""

from io import BytesIO
from pathlib import Path
from typing import Final

import polars as pl
import polars.selectors as cs
from PIL import Image

from tables.images.decoding import MAX_STORED_SIDE

MIN_SIDE: Final = 16
"""The least size of a picture for people, in pixels."""

_PNG: Final = b"\x89PNG"


def read_picture(parquet: Path, column: str, row: int) -> bytes | None:
    """The picture of a row, counted from 0, in a column of images; None if the row has none."""
    cell = pl.scan_parquet(parquet, glob=False).slice(row, 1).select(cs.by_name(column)).collect()
    return cell.item() if cell.height else None


def resize_picture(data: bytes, side: int) -> tuple[bytes, str]:
    """The bytes of a picture whose longer side has at most `side` pixels, and their media type."""
    if side < MAX_STORED_SIDE:
        with Image.open(BytesIO(data)) as image:
            if max(image.size) > side:
                kind = image.format
                image.thumbnail((side, side), Image.Resampling.LANCZOS)
                file = BytesIO()
                image.save(file, kind, **({"quality": 85} if kind == "JPEG" else {}))
                data = file.getvalue()
    return data, "image/png" if data.startswith(_PNG) else "image/jpeg"
