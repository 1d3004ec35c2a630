"""Reads the tensors of a file that PyTorch wrote before version 1.6, and runs nothing of what is in it.

Such a file is a row of pickles: a magic number, a version, facts of the system, a dictionary of tensors, and the keys
of the memory that they lie in, which follows. A pickle is a program for a machine with a stack. Here the instructions
that build plain values are read; names of classes and functions in it stay texts, and nothing is ever called.
"""

import math
import pickletools
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

_MAGIC: Final = 0x1950A86A20F9469CFC6C
_VERSION: Final = 1001
_DTYPES: Final[Mapping[str, str]] = {"torch FloatStorage": "<f4", "torch LongStorage": "<i8"}
_MAX_VALUES: Final = 100_000_000
_MAX_INSTRUCTIONS: Final = 1_000_000
_CONSTANTS: Final[Mapping[str, Any]] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_LITERALS: Final = frozenset(
    {"BINUNICODE", "SHORT_BINUNICODE", "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT"}
)
_TUPLES: Final[Mapping[str, int]] = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class UnreadableTensors(Exception):
    """The file is not one of tensors alone, as PyTorch wrote them."""


class _Name(NamedTuple):
    """The name of a class or function, as a text: its module, a blank, and its own."""

    name: str


class _Memory(NamedTuple):
    """The memory of tensors: its kind, and its key among those of the file."""

    dtype: str
    key: str
    values: int


class _Tensor(NamedTuple):
    """Where a tensor lies in its memory, in values."""

    memory: _Memory
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


_MARK: Final = object()


def read_tensors(file: BinaryIO) -> dict[str, NDArray[Any]]:
    """The tensors of a file by their names, as arrays of their own.

    Raises:
        UnreadableTensors: the file has anything else than tensors, or breaks off.
    """
    try:
        return _read_file(file)
    except UnreadableTensors:
        raise
    except Exception as error:  # whatever a broken file leads to
        raise UnreadableTensors(str(error)) from error


def _read_file(file: BinaryIO) -> dict[str, NDArray[Any]]:
    if _read_pickle(file) != _MAGIC or _read_pickle(file) != _VERSION:
        raise UnreadableTensors("it is no such file")
    _read_pickle(file)
    tensors, keys = _read_pickle(file), _read_pickle(file)
    memories = {tensor.memory.key: tensor.memory for tensor in tensors.values()}
    arrays = {key: _read_memory(file, memories[key]) for key in keys}
    return {name: _cut(tensor, arrays[tensor.memory.key]) for name, tensor in tensors.items()}


def _read_memory(file: BinaryIO, memory: _Memory) -> NDArray[Any]:
    count = int.from_bytes(file.read(8), "little")
    dtype = np.dtype(memory.dtype)
    if count != memory.values or count > _MAX_VALUES:
        raise UnreadableTensors(f"memory of {count} values where {memory.values} are said to be")
    return np.frombuffer(file.read(count * dtype.itemsize), dtype, count)


def _cut(tensor: _Tensor, values: NDArray[Any]) -> NDArray[Any]:
    """The tensor as an array in the order of its indices."""
    _, offset, shape, strides = tensor
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if min((offset, *shape, *strides), default=0) < 0 or math.prod(shape) > _MAX_VALUES or last >= len(values):
        raise UnreadableTensors(f"a tensor of {shape} at {offset} in {len(values)} values")
    steps = [stride * values.itemsize for stride in strides]
    return np.array(np.lib.stride_tricks.as_strided(values[offset:], shape, steps, writeable=False))


def _read_pickle(file: BinaryIO) -> Any:
    """The value of the pickle that begins here."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    for number, (opcode, argument, _) in enumerate(pickletools.genops(file)):
        name = opcode.name
        if number > _MAX_INSTRUCTIONS:
            raise UnreadableTensors("it has too many instructions")
        if name == "STOP":
            return stack.pop()
        if name in {"PROTO", "FRAME"}:
            continue
        if name in {"BINPUT", "LONG_BINPUT"}:
            memo[cast("int", argument)] = stack[-1]
        elif name in {"BINGET", "LONG_BINGET"}:
            stack.append(memo[cast("int", argument)])
        else:
            _run(name, argument, stack)
    raise UnreadableTensors("it breaks off")


def _run(name: str, argument: object, stack: list[Any]) -> None:
    """One instruction that builds a value."""
    if name in _LITERALS:
        stack.append(argument)
    elif name in _CONSTANTS:
        stack.append(_CONSTANTS[name])
    elif name in _TUPLES:
        stack.append(tuple(_pop(stack, _TUPLES[name])))
    elif name == "GLOBAL":
        stack.append(_Name(str(argument)))
    elif name in _RUN:
        _RUN[name](stack)
    else:
        raise UnreadableTensors(f"it has the instruction {name}")


def _set_items(stack: list[Any], values: list[Any]) -> None:
    items = iter(values)
    stack[-1].update(zip(items, items, strict=True))


def _append(stack: list[Any], values: list[Any]) -> None:
    stack[-1].extend(values)


_RUN: Final[Mapping[str, Callable[[list[Any]], object]]] = {
    "MARK": lambda stack: stack.append(_MARK),
    "TUPLE": lambda stack: stack.append(tuple(_pop_to_mark(stack))),
    "EMPTY_DICT": lambda stack: stack.append({}),
    "EMPTY_LIST": lambda stack: stack.append([]),
    "SETITEM": lambda stack: _set_items(stack, _pop(stack, 2)),
    "SETITEMS": lambda stack: _set_items(stack, _pop_to_mark(stack)),
    "APPEND": lambda stack: _append(stack, _pop(stack, 1)),
    "APPENDS": lambda stack: _append(stack, _pop_to_mark(stack)),
    "BINPERSID": lambda stack: stack.append(_make_memory(stack.pop())),
    "REDUCE": lambda stack: stack.append(_make_value(*_pop(stack, 2))),
    "BUILD": lambda stack: stack.pop(),  # versions of modules
}
"""The instructions that build a value of what is on the stack."""


def _make_memory(given: Any) -> _Memory:
    kind, storage, key, _device, values, *_ = given
    if kind != "storage" or not isinstance(storage, _Name) or storage.name not in _DTYPES:
        raise UnreadableTensors(f"it has {str(given)[:100]}")
    return _Memory(_DTYPES[storage.name], str(key), int(values))


def _make_value(what: Any, arguments: Any) -> Any:
    match what:
        case _Name("collections OrderedDict"):
            return dict[Any, Any](*arguments)
        case _Name("torch._utils _rebuild_tensor_v2"):
            memory, offset, shape, strides, *_ = arguments
            if not isinstance(memory, _Memory):
                raise UnreadableTensors("it has a tensor without memory")
            return _Tensor(memory, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))
        case _:
            raise UnreadableTensors(f"it calls {str(what)[:100]}")


def _pop(stack: list[Any], count: int) -> list[Any]:
    taken = stack[len(stack) - count :]
    del stack[len(stack) - count :]
    return taken


def _pop_to_mark(stack: list[Any]) -> list[Any]:
    place = len(stack) - 1 - next(place for place, value in enumerate(reversed(stack)) if value is _MARK)
    taken = stack[place + 1 :]
    del stack[place:]
    return taken
