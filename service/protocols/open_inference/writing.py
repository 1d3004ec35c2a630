"""Models that write, as the Open Inference Protocol sees them: a text in, a text out, options as parameters."""

import json
from typing import Final

from flask import Response

from contract.responses import FieldError, InferResponse, OutputTensor
from service.generate.routes import GenerateRequest, load_writer, respond_with_whole
from service.generate.text_generation import TextGeneration
from service.http import bodies
from service.http.errors import ProblemError
from service.http.validation_errors import invalid_fields
from service.protocols.open_inference.infer_request import FastRequest, InferRequest
from service.protocols.open_inference.tensors import BYTES, decode_texts, read_columns
from service.services import Context

TEXT_INPUT: Final = "text_input"
TEXT_OUTPUT: Final = "text_output"
OPTIONS: Final = frozenset(GenerateRequest.model_fields) - {"prompt", "log_probabilities"}


def write_text(context: Context, ref: str, asked: InferRequest | FastRequest, binary: bytes | None) -> Response:
    """The text that a model writes after the only element of `text_input`.

    Raises:
        ProblemError: `invalid`, also of parameters that are options of a text and cannot be as they are.
    """
    resolved, writer = load_writer(context, ref)
    columns, rows = read_columns(asked.inputs, binary, lambda _: None)
    if set(columns) != {TEXT_INPUT} or rows != 1 or asked.inputs[0].datatype != BYTES:
        detail = f"must be one tensor {TEXT_INPUT} of datatype BYTES and shape [1]: the model writes on after a text"
        raise invalid_fields([FieldError(pointer="#/inputs", detail=detail, code="bad_inputs")])
    (prompt,) = decode_texts(columns[TEXT_INPUT], "#/inputs/0")
    body = _parse_options(asked, "" if prompt is None else str(prompt))
    writing = TextGeneration(context, resolved, writer, body.prompt, body.make_options(), None)

    def write() -> InferResponse:
        written = writing.write_whole()
        warnings = {"warnings": json.dumps(written.warnings)} if written.warnings else {}
        return InferResponse(
            model_name=resolved.name,
            model_version=str(resolved.version),
            id=asked.id,
            parameters={"finish_reason": written.finish_reason, **warnings},
            outputs=[OutputTensor(name=TEXT_OUTPUT, datatype=BYTES, shape=[1], data=[written.text])],
        )

    return respond_with_whole(context, write)


def _parse_options(asked: InferRequest | FastRequest, prompt: str) -> GenerateRequest:
    options = {name: value for name, value in (asked.parameters or {}).items() if name in OPTIONS}
    try:
        return bodies.parse_model(json.dumps({**options, "prompt": prompt}).encode(), GenerateRequest, lines=True)
    except ProblemError as refused:
        places = {"#/prompt": "#/inputs/0/data/0"}
        raise invalid_fields(
            [
                error.model_copy(
                    update={"pointer": places.get(error.pointer, error.pointer.replace("#/", "#/parameters/"))}
                )
                for error in refused.errors
            ]
        ) from None
