"""Responses of /v2, in the shapes of the Open Inference Protocol (KServe, Triton, MLServer), version 2."""

from typing import Any

from pydantic import Field

from contract.responses.base import ResponseModel
from contract.responses.predictions import is_none

Parameters = dict[str, bool | int | float | str]


class ServerMetadataResponse(ResponseModel):
    """The server, and what it understands besides the protocol itself."""

    name: str
    version: str
    extensions: list[str]


class ServerHealthResponse(ResponseModel):
    """The state of the server; clients look for one of the two."""

    live: bool
    ready: bool


class ModelReadyResponse(ResponseModel):
    """Whether a model can predict."""

    name: str
    ready: bool


class TensorMetadata(ResponseModel):
    """A tensor that a model takes or gives."""

    name: str
    datatype: str = Field(description="BOOL, FP64 or BYTES.")
    shape: list[int] = Field(description="-1: any number of rows.")
    parameters: Parameters | None = Field(
        default=None, exclude_if=is_none, description="Of probabilities `classes`: their names, a list in JSON."
    )


class ModelMetadataResponse(ResponseModel):
    """A model with its tensors: one for each column that it takes."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class OutputTensor(TensorMetadata):
    """A tensor of predictions, row by row."""

    data: list[Any]


class InferResponse(ResponseModel):
    """Predictions as tensors."""

    model_name: str
    model_version: str
    id: str | None = Field(default=None, exclude_if=is_none, description="That of the request.")
    parameters: Parameters | None = Field(
        default=None,
        exclude_if=is_none,
        description="`warnings`: what makes predictions less certain, as of `/v1/models/{ref}/predict`, a list in "
        "JSON.",
    )
    outputs: list[OutputTensor]
