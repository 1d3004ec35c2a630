"""The body of an infer request: JSON, after which there may be the raw bytes of tensors.

A fast decoder takes what most clients send; what it does not take is parsed again by the strict one, which names each
fault.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from flask import Request
from pydantic import Field, StringConstraints

from contract.specs import FreeText, StrictModel
from service.http import bodies
from service.http.errors import ProblemError
from service.request_bodies.strict_rows import has_hidden_faults

JSON_LENGTH: Final = "Inference-Header-Content-Length"
MAX_TENSORS: Final = 10_000
_DIGITS: Final = re.compile("[0-9]{1,15}")

ParameterName = Annotated[str, StringConstraints(max_length=256)]
Parameters = Annotated[dict[ParameterName, bool | int | float | FreeText], Field(max_length=64)]


class InputTensor(StrictModel):
    """A column of cells."""

    name: str = Field(description="The name of a column that the model takes.")
    shape: list[Annotated[int, Field(ge=-1, le=2**53)]] = Field(
        max_length=64, description="[rows] or [rows, 1].", examples=[[2]]
    )
    datatype: str = Field(description="BOOL, UINT8 to UINT64, INT8 to INT64, FP16 to FP64, BYTES.", examples=["FP64"])
    parameters: Parameters = Field(default={}, description="`binary_data_size`: the data are raw bytes after the JSON.")
    data: list[Any] | None = Field(
        default=None, description="The cells; null or NaN is missing. Of pictures the bytes as base64."
    )


class OutputRequest(StrictModel):
    """A tensor that is wanted."""

    name: str
    parameters: Parameters = Field(default={}, description="Ignored.")


class InferRequest(StrictModel):
    """Rows to predict, as one tensor for each column."""

    id: Annotated[FreeText, StringConstraints(max_length=1000)] | None = Field(
        default=None, description="Comes back in the answer."
    )
    model_name: Annotated[FreeText, StringConstraints(max_length=1000)] | None = Field(
        default=None, description="Ignored, as the path says it; KServe's client sends it."
    )
    parameters: Parameters = Field(default={}, description="Of a model that writes: `max_tokens`, `temperature`, ….")
    inputs: list[InputTensor] = Field(min_length=1, max_length=MAX_TENSORS, description="The columns.")
    outputs: list[OutputRequest] = Field(
        default=[], max_length=MAX_TENSORS, description="The tensors that are wanted; all if none is named."
    )


_FastParameters = Annotated[
    dict[Annotated[str, msgspec.Meta(max_length=256)], bool | int | float | str], msgspec.Meta(max_length=64)
]


class _FastTensor(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An input tensor without what few clients send."""

    name: str
    shape: Annotated[list[int], msgspec.Meta(max_length=64)]
    datatype: str
    data: list[float | int | bool | str | None] | None = None
    parameters: _FastParameters | None = None


class _FastOutput(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    name: str
    parameters: _FastParameters | None = None


class FastRequest(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The same as `InferRequest`, decoded fast."""

    inputs: Annotated[list[_FastTensor], msgspec.Meta(min_length=1, max_length=MAX_TENSORS)]
    outputs: Annotated[list[_FastOutput], msgspec.Meta(max_length=MAX_TENSORS)] = []
    id: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    model_name: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    parameters: _FastParameters | None = None

    def count_keys(self) -> int:
        """The keys that it has in JSON; fewer, if something is written that need not be."""
        named = (self.id is not None) + (self.model_name is not None)
        own = 1 + bool(self.outputs) + named + _count_keys(self.parameters)
        outputs = sum([1 + _count_keys(output.parameters) for output in self.outputs])
        inputs = sum([(each.data is not None) + _count_keys(each.parameters) for each in self.inputs])
        return own + outputs + 3 * len(self.inputs) + inputs


def _count_keys(parameters: Mapping[str, Any] | None) -> int:
    return 0 if parameters is None else 1 + len(parameters)


_decode: Final = msgspec.json.Decoder(FastRequest).decode


def read_request(request: Request, body: bytes) -> tuple[InferRequest | FastRequest, bytes | None]:
    """The request, and the raw bytes after its JSON; None if there can be none.

    Raises:
        ProblemError: `bad-request`, of a header that does not fit; `unreadable-json` or `invalid`.
    """
    length = request.environ.get("HTTP_INFERENCE_HEADER_CONTENT_LENGTH")
    if length is None:
        return _parse(body), None
    if not _DIGITS.fullmatch(length) or not 0 < int(length) <= len(body):
        raise ProblemError(
            "bad-request",
            f"{JSON_LENGTH} must be the number of bytes of JSON at the beginning of the body, which has "
            f"{len(body):,} bytes.",
        )
    return _parse(body[: int(length)]), body[int(length) :]


def _parse(text: bytes) -> InferRequest | FastRequest:
    try:
        fast = _decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _parse_strictly(text)
    return fast if not has_hidden_faults(text, fast.count_keys()) else _parse_strictly(text)


def _parse_strictly(text: bytes) -> InferRequest:
    return bodies.parse_model(text, InferRequest, lines=True, nan=True)
