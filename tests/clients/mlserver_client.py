"""MLServer's codecs make requests of a data frame, which its `infer` sends; prints what came, as JSON.

Arguments are an address without a scheme, a key, rows as JSON, and a folder for files.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from mlserver.batch_processing import process_batch
from mlserver.codecs import PandasCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

address, key, rows, folder = sys.argv[1:]


def send(model: str, requests: list[InferenceRequest]) -> list[InferenceResponse]:
    """The answers of the requests, each of which is a line of a file."""
    asked, answered = Path(folder, f"{model}.in"), Path(folder, f"{model}.out")
    asked.write_text("".join([f"{request.model_dump_json()}\n" for request in requests]))
    options: dict[str, Any] = {"workers": 1, "retries": 1, "batch_size": 1, "batch_interval": 0, "batch_jitter": 0}
    options |= {"binary_data": False, "transport": "rest", "request_headers": [f"Authorization: Bearer {key}"]}
    options |= {"timeout": 120, "use_ssl": False, "insecure": False, "verbose": False, "extra_verbose": False}
    asyncio.run(process_batch(model, address, input_data_path=str(asked), output_data_path=str(answered), **options))
    lines = [json.loads(line) for line in answered.read_text().splitlines()]
    return [InferenceResponse.model_validate(each) for each in lines]


def predict(model: str, frame: pd.DataFrame) -> Any:
    """The first output for the rows of a frame."""
    (answer,) = send(model, [encode(frame)])
    return PandasCodec.decode_response(answer).iloc[:, 0].tolist()


def encode(frame: pd.DataFrame) -> InferenceRequest:
    """The request for the rows of a frame; the codecs know texts as objects alone, and pandas 3 has a type for them."""
    return PandasCodec.encode_request(frame.astype(dict.fromkeys(frame.select_dtypes("str"), object)))


frame = pd.DataFrame(json.loads(rows))
texts = InferenceRequest(inputs=[StringCodec.encode_input("text_input", ["the cat"])])
pairs = pd.DataFrame({"reader": ["reader 10", "nobody"], "book": ["The Amber Dragon", "?"]})
found = {
    "houses": predict("houses", frame),
    "books": predict("books", pairs),
    "dear": StringCodec.decode_output(send("dear", [encode(frame)])[0].outputs[0]),
    "poet": StringCodec.decode_output(send("poet", [texts])[0].outputs[0]),
}
sys.stdout.write("\n" + json.dumps(found))
