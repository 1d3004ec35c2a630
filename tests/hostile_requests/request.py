"""One hostile request, or a number of them that differ in a counter only."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import repeat

JSON = "application/json"
CSV = "text/csv"


@dataclass(frozen=True)
class HostileRequest:
    """A named request.

    Attributes:
        body: builds the body.
        times: how often it is sent; `{number}` in the path and in the headers is replaced by a counter.
    """

    name: str
    method: str
    path: str
    body: Callable[[], bytes] = bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1

    def path_at(self, number: int) -> str:
        """The path of one of its repetitions."""
        return self.path.replace("{number}", str(number))

    def headers_at(self, number: int) -> dict[str, str]:
        """The headers of one of its repetitions."""
        return {name: value.replace("{number}", str(number)) for name, value in self.headers.items()}


def post_json(name: str, path: str, create: Callable[[], object], **more: str) -> HostileRequest:
    """A POST of what `create` returns, as compact JSON."""

    def encode() -> bytes:
        return json.dumps(create(), separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")

    return HostileRequest(name, "POST", path, encode, {"Content-Type": JSON, **more})


def post_bytes(name: str, path: str, create: Callable[[], bytes], media_type: str, **more: str) -> HostileRequest:
    """A POST of bytes."""
    return HostileRequest(name, "POST", path, create, {"Content-Type": media_type, **more})


def join_repeated(piece: bytes, times: int, separator: bytes = b",") -> bytes:
    """The piece, repeated."""
    return separator.join(repeat(piece, times))


def similar_names(names: Iterable[str], count: int) -> list[str]:
    """Names that differ from existing ones in one letter, and so have near matches; numbered once those are used up."""
    existing = list(names)
    return [f"{existing[number % len(existing)][:-1]}{'xyz'[number % 3]}{number}" for number in range(count)]
