"""Triton's client asks a server for predictions, given its address, a key and a folder; prints what it got as JSON."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

address, key, folder = sys.argv[1:]
HEADERS = {"Authorization": f"Bearer {key}"}
client = triton.InferenceServerClient(address, network_timeout=120, connection_timeout=120)


def tensor(name: str, values: Any, kind: str, **options: Any) -> triton.InferInput:
    made = triton.InferInput(name, [len(values)], kind)
    made.set_data_from_numpy(np.array(values, triton.triton_to_np_dtype(kind)), **options)
    return made


def infer(model: str, *tensors: triton.InferInput, **options: Any) -> triton.InferResult:
    return client.infer(model, tensors, headers=dict(HEADERS), **options)  # the client adds its own to them


def houses(**options: Any) -> list[triton.InferInput]:
    return [
        tensor("sqft", [1200.5, 800, np.nan], "FP64", **options),
        tensor("area", ["north", "south", "west"], "BYTES", **options),
        tensor("garden", [True, False, True], "BOOL", **options),
    ]


def refusal(model: str, *tensors: triton.InferInput) -> list[str]:
    try:
        infer(model, *tensors)
    except InferenceServerException as refused:
        return [refused.status(), refused.message()]
    raise AssertionError("it was not refused")


pictures = [Path(folder, name).read_bytes() for name in ("red.png", "blue.jpg")]
binary = infer("houses", *houses())
wanted = triton.InferRequestedOutput("label"), triton.InferRequestedOutput("probabilities", binary_data=False)
dear = infer("dear", *houses(), outputs=wanted)
told = infer("poet", tensor("text_input", ["the cat"], "BYTES"), parameters={"max_tokens": 12, "seed": 1})
found = {
    "live": client.is_server_live(),
    "ready": client.is_server_ready(),
    "extensions": client.get_server_metadata()["extensions"],
    "models": [
        client.is_model_ready(name, version, headers=HEADERS)
        for name, version in (("houses", ""), ("houses", "1"), ("houses@live", ""), ("nobody", ""))
    ],
    "inputs": client.get_model_metadata("houses", headers=HEADERS)["inputs"],
    "binary": binary.as_numpy("value").tolist(),
    "warnings": binary.get_response()["parameters"]["warnings"],
    "json": infer("houses", *houses(binary_data=False)).as_numpy("value").tolist(),
    "live_version": infer("houses@live", *houses()).as_numpy("value").tolist(),
    "version": infer("houses", *houses(), model_version="1", request_id="mine").get_response(),
    "labels": dear.as_numpy("label").tolist(),
    "probabilities": dear.as_numpy("probabilities").tolist(),
    "colours": infer("colours", tensor("image", pictures, "BYTES")).as_numpy("label").tolist(),
    "ratings": infer(
        "books",
        tensor("reader", ["1", "nobody"], "BYTES"),
        tensor("book", ["The Amber Dragon", "The Last Oracle"], "BYTES"),
    )
    .as_numpy("value")
    .tolist(),
    "text": told.as_numpy("text_output").tolist(),
    "refusals": [
        refusal("nobody", *houses()),
        refusal("houses", tensor("sqfeet", [1.0], "FP32")),
        refusal("houses", tensor("sqft", [np.inf], "FP32")),
        refusal("colours", tensor("image", [b"no picture"], "BYTES")),
        refusal("poet", tensor("text_input", ["a", "b"], "BYTES")),
    ],
}
json.dump(found, sys.stdout)
