"""Writer of a model as one Python file."""

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from learning.errors import NotExportable
from learning.export.pieces import cut_array
from learning.export.python.composition import ModuleSource, collect_modules, join_sources, write_text
from learning.model import BYTES_PER_WEIGHT, Model
from learning.serialization import to_json
from tables.python_export.cells.cell_rules import describe_rules
from tables.python_export.parts import FileParts, choose_parts

ROOMS: Final = ("learning", "tables")
DATA_MODULE: Final = "tables.python_export.data"
MAX_FILE_BYTES: Final = 64 * 2**20
"""The most bytes of weights and description together; Python takes several times as many to read the file."""
OTHER_FORMATS: Final = "Export it as onnx, or its weights as safetensors or npz."


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
        NotExportable: it is too large, or sees pictures by a net that cannot be in it.
    """
    check_size(model)
    return _generate(model, title, facts, choose_parts(model, OTHER_FORMATS), entries)


def _generate(
    model: Model, title: str, facts: Mapping[str, str], parts: FileParts, entries: tuple[ModuleType, ...]
) -> Iterator[bytes]:
    modules = collect_modules((*parts.modules, *entries), ROOMS)
    about: dict[str, Any] = {
        "title": title,
        **facts,
        "targets": list(model.targets),
        "ignored": list(model.ignored),
        "rules": describe_rules(model.inputs),
        "header": _describe_header(model),
    }
    yield f'#!/usr/bin/env python3\n"""{_spell_plainly(title)}\n\n{parts.use}"""\n\n'.encode()
    yield f"from __future__ import annotations\n\n{join_sources(_leave_out_data(modules))}\n\n".encode()
    yield "".join(write_text("ABOUT", json.dumps(about, separators=(",", ":")))).encode()
    yield f"PICTURES = {parts.pictures}\n".encode()
    yield from _write_numbers("WEIGHTS", [_find_weights(model)])
    if parts.tensors is not None:
        shapes = {name: tensor.shape for name, tensor in parts.tensors.items()}
        yield from _write_numbers("FEATURE_NET", parts.tensors.values(), json.dumps({"shapes": shapes}))
    yield b'\n\nif __name__ == "__main__":\n    main()\n'


def _leave_out_data(sources: Iterable[ModuleSource]) -> list[ModuleSource]:
    return [source for source in sources if source.name != DATA_MODULE]


def _write_numbers(name: str, arrays: Iterable[NDArray[np.floating]], head: str = "") -> Iterator[bytes]:
    """An assignment of arrays, one behind the other, to a name, as `read_weights` reads them, below a line."""
    yield f'{name} = """{head}\n'.encode()
    for array in arrays:
        for piece in cut_array(array.astype(np.float32, copy=False)):
            yield base64.b64encode(zlib.compress(piece, 6)) + b"\n"
    yield b'"""\n'


def check_size(model: Model) -> None:
    """Check that a model is not too large for one Python file.

    Raises:
        NotExportable: it cannot.
    """
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
    return {name: header.get(name) for name in ("inputs", "layers", "output", "conformal", "mixture")}


def _spell_plainly(text: str) -> str:
    """A text as it can stand between triple quotes."""
    return text.encode("ascii", "replace").decode().replace("\\", "/").replace('"', "'")
