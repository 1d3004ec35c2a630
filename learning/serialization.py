"""Frozen dataclasses as JSON values and back, each field validated against its annotation.

Model files are uploads, so no wrong type, length or field may pass.
"""

import dataclasses
import functools
import inspect
import sys
import types
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt, MaxLen

from learning.descriptions import ByType

T = TypeVar("T")

_BOUND_CHECKS: dict[type, Callable[[Any, Any], bool]] = {
    Ge: lambda value, bound: value >= bound.ge,
    Gt: lambda value, bound: value > bound.gt,
    Le: lambda value, bound: value <= bound.le,
    Lt: lambda value, bound: value < bound.lt,
    MaxLen: lambda value, bound: len(value) <= bound.max_length,
    ByType: lambda _value, _bound: True,  # every field must be there, the type among them
}


OPTIONAL: Final = {"optional": True}
"""Metadata of a field that is left out where it has its default: older JSON, of before there was such a field, stays
readable, and newer JSON that needs no such field stays the same."""


def to_json(value: object) -> Any:
    """The value with dataclasses as dicts and tuples as lists; `json.dumps` takes it as it is."""
    if dataclasses.is_dataclass(value):
        return {
            field.name: to_json(part)
            for field in dataclasses.fields(value)
            if (part := getattr(value, field.name)) != field.default or not field.metadata.get("optional")
        }
    if isinstance(value, tuple):
        return [to_json(part) for part in cast("tuple[object, ...]", value)]
    return value


def from_json(kind: type[T], plain: object) -> T:
    """An object of the dataclass `kind` from its `to_json` value.

    Annotations may be str, bool, int, finite float, Literal, tuple[…, ...], Sequence, dataclasses, unions of these, and
    any of them with bounds of `annotated_types`; an abstract class stands for any of its subclasses. Every field must
    be there, but those that are OPTIONAL, and no other.

    Raises:
        ValueError: if anything does not fit its annotation, or the dataclass itself refuses it.
    """
    return _convert(kind, plain, kind.__name__)


def _convert(kind: Any, plain: object, where: str) -> Any:
    """The value of `plain` under the annotation `kind`; `where` names it in messages."""
    origin = get_origin(kind)
    if inspect.isabstract(kind):
        return _read_union(tuple(kind.__subclasses__()), plain, where)
    if origin is Annotated:
        return _read_bounded(kind, plain, where)
    if origin in {Union, types.UnionType}:
        return _read_union(get_args(kind), plain, where)
    if origin in {tuple, Sequence} and isinstance(plain, list):
        each = get_args(kind)[0]
        return tuple([_convert(each, part, where) for part in cast("list[object]", plain)])
    if dataclasses.is_dataclass(kind) and isinstance(plain, dict):
        return _read_object(cast("type", kind), cast("dict[str, object]", plain), where)
    return _read_scalar(kind, plain, where)


def _read_scalar(kind: Any, plain: object, where: str) -> object:
    if kind is float and isinstance(plain, (int, float)) and not isinstance(plain, bool):
        if not -sys.float_info.max <= plain <= sys.float_info.max:
            raise ValueError(f"{where} is not finite")
        return float(plain)
    fits = plain in get_args(kind) if get_origin(kind) is Literal else type(plain) is kind
    if not fits or not isinstance(plain, (str, bool, int, types.NoneType)):
        raise ValueError(f"{where} is not {kind}")
    return plain


def _read_object(kind: type, plain: dict[str, object], where: str) -> object:
    fields = _list_annotations(kind)
    optional = {field.name for field in dataclasses.fields(kind) if field.metadata.get("optional")}
    if plain.keys() | optional != fields.keys():
        raise ValueError(f"{where} has the fields {sorted(plain)}, not {sorted(fields)}")
    return kind(**{name: _convert(fields[name], part, f"{where}.{name}") for name, part in plain.items()})


def _read_union(kinds: tuple[Any, ...], plain: object, where: str) -> object:
    faults: list[str] = []
    for kind in kinds:
        try:
            return _convert(kind, plain, where)
        except ValueError as fault:
            faults.append(str(fault))
    raise ValueError("; ".join(faults))


def _read_bounded(kind: Any, plain: object, where: str) -> object:
    inner, *bounds = get_args(kind)
    value = _convert(inner, plain, where)
    for bound in bounds:
        if not _BOUND_CHECKS[type(bound)](value, bound):
            raise ValueError(f"{where} must satisfy {bound}")
    return value


@functools.cache
def _list_annotations(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind) if field.init}
