"""Frozen dataclasses as plain JSON values, and back, each field checked against its annotation.

A trained model's file says how its columns are encoded; whoever sends one must not get past a wrong length or type.
"""

import dataclasses
import functools
import math
import types
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt, MaxLen

T = TypeVar("T")

_BOUND_CHECKS: dict[type, Callable[[Any, Any], bool]] = {
    Ge: lambda value, bound: value >= bound.ge,
    Gt: lambda value, bound: value > bound.gt,
    Le: lambda value, bound: value <= bound.le,
    Lt: lambda value, bound: value < bound.lt,
    MaxLen: lambda value, bound: len(value) <= bound.max_length,
}


def to_json(value: object) -> Any:
    """The value with dataclasses as dicts and tuples as lists; `json.dumps` takes it as it is."""
    if dataclasses.is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [to_json(part) for part in cast("tuple[object, ...]", value)]
    return value


def from_json(kind: type[T], plain: object) -> T:
    """An object of the dataclass `kind` out of what `to_plain` made of it.

    Annotations may be str, bool, int, finite float, Literal, tuple[…, ...], other dataclasses, unions of these, and
    any of them with bounds of `annotated_types`; every field must be there and no other.

    Raises:
        ValueError: if anything does not fit its annotation, or the dataclass itself refuses it.
    """
    return _read(kind, plain, kind.__name__)


def _read(kind: Any, plain: object, where: str) -> Any:
    """The value that `plain` stands for under the annotation `kind`; `where` names it in messages."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _read_bounded(kind, plain, where)
    if origin in {Union, types.UnionType}:
        return _read_union(get_args(kind), plain, where)
    if origin is tuple and isinstance(plain, list):
        each = get_args(kind)[0]
        return tuple([_read(each, part, where) for part in cast("list[object]", plain)])
    if dataclasses.is_dataclass(kind) and isinstance(plain, dict):
        return _read_object(cast("type", kind), cast("dict[str, object]", plain), where)
    return _read_scalar(kind, plain, where)


def _read_scalar(kind: Any, plain: object, where: str) -> object:
    if kind is float and type(plain) in {int, float}:
        return _read_float(cast("float", plain), where)
    fits = plain in get_args(kind) if get_origin(kind) is Literal else type(plain) is kind
    if not fits or not isinstance(plain, (str, bool, int, types.NoneType)):
        raise ValueError(f"{where} is not {kind}")
    return plain


def _read_object(kind: type, plain: dict[str, object], where: str) -> object:
    fields = _list_annotations(kind)
    if plain.keys() != fields.keys():
        raise ValueError(f"{where} has the fields {sorted(plain)}, not {sorted(fields)}")
    return kind(**{name: _read(fields[name], part, f"{where}.{name}") for name, part in plain.items()})


def _read_union(kinds: tuple[Any, ...], plain: object, where: str) -> object:
    faults: list[str] = []
    for kind in kinds:
        try:
            return _read(kind, plain, where)
        except ValueError as fault:
            faults.append(str(fault))
    raise ValueError("; ".join(faults))


def _read_bounded(kind: Any, plain: object, where: str) -> object:
    inner, *bounds = get_args(kind)
    value = _read(inner, plain, where)
    for bound in bounds:
        if not _BOUND_CHECKS[type(bound)](value, bound):
            raise ValueError(f"{where} must satisfy {bound}")
    return value


def _read_float(plain: float, where: str) -> float:
    try:
        value = float(plain)
    except OverflowError as fault:
        raise ValueError(f"{where} is too large") from fault
    if not math.isfinite(value):
        raise ValueError(f"{where} is not finite")
    return value


@functools.cache
def _list_annotations(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind) if field.init}
