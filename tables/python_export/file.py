"""Writer of a model as one Python file."""

import base64
import json
import zlib
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from learning.errors import NotExportable
from learning.export.pieces import cut_array
from learning.export.python.composition import collect_modules, join_sources, write_text
from learning.model import BYTES_PER_WEIGHT, Model
from learning.serialization import to_json
from tables.python_export import recommendation_entry, table_entry
from tables.python_export.cell_rules import describe_rules

ROOMS: Final = ("learning", "tables")
DATA_MODULE: Final = "tables.python_export.data"
MAX_FILE_BYTES: Final = 64 * 2**20
"""The most bytes of weights and description together; Python takes several times as many to read the file."""
OTHER_FORMATS: Final = "Export it as onnx, or its weights as safetensors or npz."
USE: Final = """Written by Gradus. It needs Python 3.11 or newer and nothing else, and is faster with NumPy:

    python FILE.py rows.csv > predictions.csv

and in a program, after `import FILE`, `FILE.predict([{"column": cell, ...}])`; help(FILE.predict) says more.
"""


def write_python(
    model: Model, title: str, facts: Mapping[str, str], entries: tuple[ModuleType, ...] = ()
) -> Iterator[bytes]:
    """The model as the text of one Python file, in pieces.

    Args:
        model: The model.
        title: What it is, in a line.
        facts: What else is known of it, such as its id.
        entries: Modules to add, such as what a library loads the file by.

    Raises:
        NotExportable: it sees pictures, writes texts, or is too large.
    """
    check_python(model)
    return _generate(model, title, facts, entries)


def _generate(model: Model, title: str, facts: Mapping[str, str], entries: tuple[ModuleType, ...]) -> Iterator[bytes]:
    entry = recommendation_entry if model.recommender is not None else table_entry
    sources = [source for source in collect_modules((entry, *entries), ROOMS) if source.name != DATA_MODULE]
    about: dict[str, Any] = {
        "title": title,
        **facts,
        "targets": list(model.targets),
        "ignored": list(model.ignored),
        "rules": describe_rules(model.inputs),
        "header": _describe_header(model),
    }
    yield f'#!/usr/bin/env python3\n"""{_spell_plainly(title)}\n\n{USE}"""\n\n'.encode()
    yield f"from __future__ import annotations\n\n{join_sources(sources)}\n\n".encode()
    yield "".join(write_text("ABOUT", json.dumps(about, separators=(",", ":")))).encode()
    yield b'WEIGHTS = """\n'
    for piece in cut_array(_find_weights(model)):
        yield base64.b64encode(zlib.compress(piece, 6)) + b"\n"
    yield b'"""\n\n\nif __name__ == "__main__":\n    main()\n'


def check_python(model: Model) -> None:
    """Check that a model can be one Python file.

    Raises:
        NotExportable: it cannot.
    """
    if model.writer is not None:
        raise NotExportable("A model that writes cannot be a Python file.", OTHER_FORMATS)
    if model.image_shapes or any(column.feature_net is not None for column in model.inputs):
        raise NotExportable("A model that sees pictures cannot be a Python file.", OTHER_FORMATS)
    size = BYTES_PER_WEIGHT * model.parameter_count
    if size > MAX_FILE_BYTES:
        raise NotExportable(
            f"The model has {size:,} bytes of weights, and a Python file takes at most {MAX_FILE_BYTES:,}.",
            OTHER_FORMATS,
        )


def _find_weights(model: Model) -> NDArray[np.float32]:
    """The weights of a model; of one that recommends with outputs for items that training never saw."""
    net = model.net if model.recommender is None else model.recommender.net
    return net.parameters.astype(np.float32, copy=False)


def _describe_header(model: Model) -> dict[str, Any]:
    """What the model's own file says of its inputs, layers and output."""
    header: dict[str, Any] = to_json(model.header)
    return {name: header.get(name) for name in ("inputs", "layers", "output", "conformal")}


def _spell_plainly(text: str) -> str:
    """A text as it can stand between triple quotes."""
    return text.encode("ascii", "replace").decode().replace("\\", "/").replace('"', "'")
