"""Input tensors as columns of cells: their datatypes, their shapes, and their data in JSON or as raw bytes.

One tensor is one column, of the shape [rows] or [rows, 1]. What a shape claims is compared with the data that there is,
and nothing is made by its word alone.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from contract.responses import FieldError
from service.http.strict_json import CONTROL_BUT_LINES, MAX_ERRORS, shorten
from service.http.validation_errors import invalid_fields

SIZE: Final = "binary_data_size"
"""The parameter of a tensor whose data are raw bytes after the JSON: how many."""

BYTES: Final = "BYTES"
_DTYPES: Final[Mapping[str, np.dtype[Any]]] = {
    "BOOL": np.dtype("?"),
    **{
        f"{sign}INT{bits}": np.dtype(f"<{sign.lower() or 'i'}{bits // 8}")
        for sign in ("U", "")
        for bits in (8, 16, 32, 64)
    },
    **{f"FP{bits}": np.dtype(f"<f{bits // 8}") for bits in (16, 32, 64)},
}
DATATYPES: Final = (*_DTYPES, BYTES)
_KINDS: Final = {BYTES: "S", **{name: dtype.kind.replace("u", "i") for name, dtype in _DTYPES.items()}}
_TYPES: Final[Mapping[str, tuple[frozenset[type], str]]] = {
    "b": (frozenset({bool, type(None)}), "true or false"),
    "i": (frozenset({int, type(None)}), "an integer"),
    "f": (frozenset({int, float, type(None)}), "a number"),
    "S": (frozenset({str, type(None)}), "text; of a picture its bytes as base64, or a data: address"),
}
"""The types of an element in JSON, by the kind of its datatype, and in words."""
_PLAIN: Final = {name: _TYPES[kind][0] for name, kind in _KINDS.items() if kind != "i"}
"""The types of an element that has no bounds, by datatype."""
_LENGTH: Final = struct.Struct("<I")

Cells = Sequence[object] | NDArray[Any]


class Tensor(Protocol):
    """An input tensor of a request, however it was parsed."""

    @property
    def name(self) -> str:
        """The name of a column."""
        ...

    @property
    def datatype(self) -> str:
        """One of the protocol's."""
        ...

    @property
    def shape(self) -> Sequence[int]:
        """The number of rows, and perhaps 1."""
        ...

    @property
    def data(self) -> Sequence[Any] | None:
        """The elements, flat or nested; None if they are raw bytes."""
        ...

    @property
    def parameters(self) -> Mapping[str, Any] | None:
        """What is said besides."""
        ...


def read_columns(
    tensors: Sequence[Tensor], binary: bytes | None, check_rows: Callable[[int], None]
) -> tuple[dict[str, Cells], int]:
    """The cells of each tensor by its name, and the number of rows.

    Args:
        tensors: One at least, each with another name.
        binary: What comes after the JSON; None if the request does not say that there is anything.
        check_rows: Refuses so many rows, before any element is looked at.

    Raises:
        ProblemError: `invalid`, with the place of each fault.
    """
    if binary is None and (columns := _read_plainly(tensors)) is not None:
        check_rows(rows := tensors[0].shape[0])
        return columns, rows
    rows = _read_rows(tensors)
    check_rows(rows)
    pieces = _cut_binary(tensors, binary)
    columns = dict[str, Cells]()
    for place, tensor in enumerate(tensors):
        if (piece := pieces.get(place)) is not None:
            columns[tensor.name] = _read_binary(tensor, piece, rows, f"#/inputs/{place}")
        else:
            columns[tensor.name] = _read_list(tensor, rows, f"#/inputs/{place}")
    return columns, rows


def _read_plainly(tensors: Sequence[Tensor]) -> dict[str, Cells] | None:
    """The cells of tensors that are all flat, of one shape, and need no second look; None of any others."""
    first = tensors[0].shape
    if len(first) != 1 or first[0] < 1:
        return None
    rows = first[0]
    columns: dict[str, Cells] = {
        tensor.name: tensor.data
        for tensor in tensors
        if tensor.shape == first
        and tensor.data is not None
        and not tensor.parameters
        and len(tensor.data) == rows
        and (allowed := _PLAIN.get(tensor.datatype)) is not None
        and allowed.issuperset(map(type, tensor.data))
    }
    return columns if len(columns) == len(tensors) else None


def decode_texts(cells: Cells, pointer: str) -> Cells:
    """The cells of a tensor with text for the raw bytes of BYTES.

    Raises:
        ProblemError: `invalid`, if one is not UTF-8, or has characters that JSON may not have either.
    """
    if isinstance(cells, np.ndarray) or not isinstance(cells[0], bytes):
        return cells
    texts, faults = list[str](), list[FieldError]()
    for row, cell in enumerate(cast("Sequence[bytes]", cells)):
        text = cell.decode(errors="replace")
        if len(faults) <= MAX_ERRORS and (CONTROL_BUT_LINES.search(text) or text.encode() != cell):
            detail = "must be text in UTF-8, without control characters but tabs and line breaks"
            faults.append(_fault(f"{pointer}/data/{row}", detail, "not_text", text))
        texts.append(text)
    if faults:
        raise invalid_fields(faults)
    return texts


def _read_rows(tensors: Sequence[Tensor]) -> int:
    """The number of rows, which all tensors must have."""
    first, faults = tensors[0].shape, list[FieldError]()
    rows = first[0] if first else 0
    is_sound = rows >= 1 and (len(first) == 1 or (len(first) == 2 and first[1] == 1))
    for place, tensor in enumerate(tensors):
        if tensor.datatype not in _KINDS:
            detail = f"must be one of {', '.join(DATATYPES)}"
            faults.append(_fault(f"#/inputs/{place}/datatype", detail, "unknown_datatype", tensor.datatype))
        if not is_sound or tensor.shape != first:
            faults += _list_shape_faults(tensor.shape, rows, f"#/inputs/{place}/shape")
        if len(faults) > MAX_ERRORS:
            break
    if len({tensor.name for tensor in tensors}) < len(tensors):
        names = [tensor.name for tensor in tensors]
        twice = next(place for place, name in enumerate(names) if name in names[:place])
        faults.append(_fault(f"#/inputs/{twice}/name", "is the name of two tensors", "duplicate_name", names[twice]))
    if faults:
        raise invalid_fields(faults)
    return rows


def _list_shape_faults(shape: Sequence[int], rows: int, pointer: str) -> list[FieldError]:
    """What is wrong with a shape, if the first tensor has so many rows."""
    if not (len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)) or shape[0] < 1:
        detail = "must be [rows] or [rows, 1], with a row at least: each column of the table is a tensor of its own"
    elif shape[0] != rows:
        detail = f"has {shape[0]:,} rows, and the first tensor {rows:,}"
    else:
        return []
    return [_fault(pointer, detail, "bad_shape", list(shape[:4]))]


def _cut_binary(tensors: Sequence[Tensor], binary: bytes | None) -> dict[int, memoryview]:
    """The raw bytes of each tensor that has them, by its place."""
    if binary is None and all(tensor.data is not None and not tensor.parameters for tensor in tensors):
        return {}
    rest, pieces = memoryview(binary or b""), dict[int, memoryview]()
    for place, tensor in enumerate(tensors):
        pointer, size = f"#/inputs/{place}", (tensor.parameters or {}).get(SIZE)
        if size is None:
            if tensor.data is None:
                raise invalid_fields([_fault(f"{pointer}/data", "is required", "missing")])
            continue
        if tensor.data is not None:
            detail = f"must not be there beside {SIZE}"
            raise invalid_fields([_fault(f"{pointer}/data", detail, "one_of")])
        if binary is None:
            detail = "needs the header Inference-Header-Content-Length: the number of bytes of JSON before the raw ones"
            raise invalid_fields([_fault(f"{pointer}/parameters/{SIZE}", detail, "missing_header", size)])
        if type(size) is not int or not 0 <= size <= len(rest):
            detail = f"must be a number of bytes; {len(rest):,} are left in the body"
            raise invalid_fields([_fault(f"{pointer}/parameters/{SIZE}", detail, "bad_size", size)])
        pieces[place], rest = rest[:size], rest[size:]
    if rest:
        detail = f"has {len(rest):,} bytes more than its tensors by {SIZE}"
        raise invalid_fields([_fault("#", detail, "bad_size")])
    return pieces


def _read_binary(tensor: Tensor, raw: memoryview, rows: int, pointer: str) -> Cells:
    """The elements of raw bytes, little-endian."""
    if tensor.datatype == BYTES:
        return [*_read_elements(raw, rows, pointer)]
    dtype = _DTYPES[tensor.datatype]
    if len(raw) != rows * dtype.itemsize:
        detail = f"is {len(raw):,}, and {rows:,} rows of {tensor.datatype} have {rows * dtype.itemsize:,} bytes"
        raise invalid_fields([_fault(f"{pointer}/parameters/{SIZE}", detail, "bad_size", len(raw))])
    values = np.frombuffer(raw, dtype)
    if dtype.kind == "b" and np.frombuffer(raw, np.uint8).max() > 1:
        raise invalid_fields([_fault(pointer, "has bytes other than 0 and 1 in a BOOL tensor", "not_a_boolean")])
    return values


def _read_elements(raw: memoryview, rows: int, pointer: str) -> Iterator[bytes]:
    """The elements of a BYTES tensor, each with its length before it."""
    start = 0
    for row in range(rows):
        begin = start + _LENGTH.size
        end = begin + (_LENGTH.unpack_from(raw, start)[0] if begin <= len(raw) else 0)
        if end > len(raw):
            detail = f"ends within element {row:,} of {rows:,}: each is its length in 4 bytes, then so many bytes"
            raise invalid_fields([_fault(pointer, detail, "bad_size")])
        yield bytes(raw[begin:end])
        start = end
    if start != len(raw):
        detail = f"has {len(raw) - start:,} bytes after the last of {rows:,} elements"
        raise invalid_fields([_fault(pointer, detail, "bad_size")])


def _read_list(tensor: Tensor, rows: int, pointer: str) -> list[Any]:
    """The elements of `data`, flat; as in any JSON an integer may be written as 3.0."""
    cells, kind = tensor.data or (), _KINDS[tensor.datatype]
    allowed, what = _TYPES[kind]
    if len(cells) == rows and kind != "i" and allowed.issuperset(map(type, cells)):
        return cast("list[Any]", cells)
    cells = _flatten(cells)
    if len(cells) != rows:
        detail = f"has {len(cells):,} elements, and the shape {list(tensor.shape)} means {rows:,}"
        raise invalid_fields([_fault(f"{pointer}/data", detail, "bad_shape")])
    if kind == "i" and float in set(map(type, cells)):
        cells = [int(cell) if type(cell) is float and cell.is_integer() else cell for cell in cells]
    faults = list[FieldError]()
    if not allowed.issuperset(map(type, cells)):
        wrong = ((row, cell) for row, cell in enumerate(cells) if type(cell) not in allowed)
        faults = [
            _fault(f"{pointer}/data/{row}", f"must be {what}, or null", "wrong_datatype", cell)
            for row, cell in islice(wrong, MAX_ERRORS + 1)
        ]
    elif kind == "i":
        bits, unsigned = 8 * _DTYPES[tensor.datatype].itemsize, tensor.datatype.startswith("U")
        low, high = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        wrong = ((row, cell) for row, cell in enumerate(cells) if cell is not None and not low <= cell <= high)
        faults = [
            _fault(f"{pointer}/data/{row}", f"is no {tensor.datatype}", "out_of_range", cell)
            for row, cell in islice(wrong, MAX_ERRORS + 1)
        ]
    if faults:
        raise invalid_fields(faults)
    return cells


def _flatten(data: Sequence[Any]) -> list[Any]:
    """The elements of a list that may be nested, as deep as JSON may be."""
    cells = list(data)
    while list in set(map(type, cells)):
        cells = list(chain.from_iterable(cast("list[Any]", cell if type(cell) is list else [cell]) for cell in cells))
    return cells


def _fault(pointer: str, detail: str, code: str, given: object = None) -> FieldError:
    return FieldError(pointer=pointer, detail=detail, code=code, given=shorten(given))
