"""Photographs of noise: JPEG files of 12 megapixels and about 2 MB, each with bytes of its own."""

import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from PIL import Image
from polars.io.plugins import register_io_source

WIDTH, HEIGHT = 4000, 3000
CLASSES: Final = ("cat", "dog")

_PATTERNS: Final = 8
_QUALITY: Final = 80
_GRAIN: Final = 11


def draw_photograph(pattern: int) -> bytes:
    """A file of JPEG: large soft shapes, and grain, of which most of its bytes are."""
    random = np.random.default_rng(pattern)
    shapes = Image.fromarray(random.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    pixels = np.asarray(shapes.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)).astype(np.int16)
    pixels += random.integers(-_GRAIN, _GRAIN + 1, (HEIGHT, WIDTH, 1), dtype=np.int16)
    file = BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def write_photographs(folder: Path, number: int) -> int:
    """Write photographs into a folder for each class; the bytes of all."""
    drawn = [draw_photograph(pattern) for pattern in range(min(number, _PATTERNS))]
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
    written = 0
    for photograph in range(number):
        data = drawn[photograph % len(drawn)] + b"%d" % photograph  # behind the image, where nobody looks
        (folder / CLASSES[photograph % len(CLASSES)] / f"{photograph:05d}.jpg").write_bytes(data)
        written += len(data)
    return written


def pack_tar(folder: Path) -> Iterator[bytes]:
    """The pieces of a tar archive of a folder."""
    for path in sorted(folder.rglob("*.jpg")):
        info = tarfile.TarInfo(path.relative_to(folder).as_posix())
        info.size = path.stat().st_size
        yield info.tobuf()
        yield path.read_bytes() + bytes(-info.size % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def write_parquet(folder: Path, target: Path, row_group_size: int) -> None:
    """Write the photographs of a folder as Hugging Face's `datasets` does, with their class."""
    paths = sorted(folder.rglob("*.jpg"))
    schema = pl.Schema({"image": pl.Struct({"bytes": pl.Binary(), "path": pl.String()}), "label": pl.String()})

    def read(*_: object) -> Iterator[pl.DataFrame]:
        for path in paths:
            image = {"bytes": path.read_bytes(), "path": path.name}
            yield pl.DataFrame({"image": [image], "label": [path.parent.name]}, schema)

    rows = register_io_source(read, schema=schema)
    rows.sink_parquet(target, row_group_size=row_group_size, compression="uncompressed")
