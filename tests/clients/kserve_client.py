"""KServe's client asks a server for predictions, given its address, a key and a folder; prints what it got as JSON."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

address, key, folder = sys.argv[1:]
HEADERS = {"Authorization": f"Bearer {key}"}


def tensor(name: str, values: list[Any], kind: str, *, is_binary: bool = False) -> InferInput:
    if not is_binary:
        return InferInput(name, [len(values)], kind, data=values)
    made = InferInput(name, [len(values)], kind)
    made.set_data_from_numpy(np.array(values, object if kind == "BYTES" else None), binary_data=True)
    return made


def houses(*, is_binary: bool) -> list[InferInput]:
    return [
        tensor("sqft", [1200.5, 800.0], "FP64", is_binary=is_binary),
        tensor("area", ["north", "south"], "BYTES", is_binary=is_binary),
        tensor("garden", [True, False], "BOOL", is_binary=is_binary),
    ]


async def ask() -> dict[str, Any]:
    async with InferenceRESTClient(RESTConfig(protocol="v2", timeout=120, retries=0)) as client:

        async def infer(model: str, inputs: list[InferInput], **options: Any) -> dict[str, Any]:
            request = InferRequest(model, inputs, **options)
            answer = await client.infer(address, request, model_name=model, headers=dict(HEADERS))
            return {each.name: each.as_numpy().tolist() for each in answer.outputs}

        pictures = [Path(folder, name).read_bytes() for name in ("red.png", "blue.jpg")]
        pairs = [tensor("reader", ["reader 10", "nobody"], "BYTES"), tensor("book", ["The Amber Dragon", "?"], "BYTES")]
        found = {
            "live": await client.is_server_live(address),
            "ready": await client.is_server_ready(address),
            "models": [
                await client.is_model_ready(address, name, headers=HEADERS)
                for name in ("houses", "houses:1", "houses@live", "nobody")
            ],
            "houses": await infer("houses", houses(is_binary=False), request_id="mine"),
            "binary": await infer("houses", houses(is_binary=True)),
            "dear": await infer("dear", houses(is_binary=False)),
            "books": await infer("books", pairs),
            "colours": await infer("colours", [tensor("image", pictures, "BYTES", is_binary=True)]),
            "poet": await infer(
                "poet", [tensor("text_input", ["the cat"], "BYTES")], parameters={"max_tokens": 12, "seed": 1}
            ),
        }
        try:
            await infer("houses", [tensor("sqfeet", [1.0], "FP64")])
        except httpx.HTTPStatusError as refused:
            found["refused"] = refused.response.status_code
        return found


json.dump(asyncio.run(ask()), sys.stdout)
