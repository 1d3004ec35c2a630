"""Clients of the Open Inference Protocol with a real server: Triton's, a typed one, one made from the specification."""

import json
import warnings
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from PIL import Image

from tests.clients.environment import run_client
from tests.integration.served_models import ROWS, add_models, serve_models
from tests.integration.server_under_attack import ServerUnderAttack
from tests.integration.test_server import Server

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it is made for pydantic 1
    from open_inference.openapi.client import OpenInferenceClient
    from open_inference.openapi.errors import BadRequestError
    from open_inference.openapi.types import InferenceRequest

from pydantic_open_inference import (
    BadStatusCodeFromServerError,
    DatatypeOverride,
    InputsBaseModel,
    OutputsBaseModel,
    RemoteModel,
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderAttack]:
    service = serve_models(tmp_path_factory.mktemp("service"))
    yield service
    service.kill()


def predict(service: ServerUnderAttack, ref: str, rows: Any) -> dict[str, Any]:
    """What /v1 says of rows."""
    answer = service.ask(
        "POST", f"/v1/models/{ref}/predict", json.dumps({"rows": rows}).encode(), {"Content-Type": "application/json"}
    )
    return json.loads(answer.body)


def test_tritons_client_predicts_with_every_kind_of_model(service: ServerUnderAttack, files: Path) -> None:
    found = run_client("triton.py", f"127.0.0.1:{service.port}", service.key, files)

    houses, dear = predict(service, "houses", ROWS), predict(service, "dear", ROWS)["predictions"]
    prices = [each["value"] for each in houses["predictions"]]
    assert (found["live"], found["ready"], found["extensions"]) == (True, True, ["binary_tensor_data"])
    assert found["models"] == [True, True, True, False]
    assert [tensor["name"] for tensor in found["inputs"]] == ["sqft", "area", "garden"]
    assert found["binary"] == found["json"] == prices
    assert json.loads(found["warnings"]) == houses["warnings"]
    live = [each["value"] for each in predict(service, "houses@live", ROWS)["predictions"]]
    assert found["live_version"] == found["version"]["outputs"][0]["data"] == live != prices
    assert (found["version"]["id"], found["version"]["model_version"]) == ("mine", "1")
    assert found["labels"] == [each["label"] for each in dear]
    assert found["probabilities"] == [[*each["probabilities"].values()] for each in dear]
    assert found["colours"] == ["red", "blue"]
    pairs = [{"reader": "1", "book": "The Amber Dragon"}, {"reader": "nobody", "book": "The Last Oracle"}]
    assert found["ratings"] == [each["value"] for each in predict(service, "books", pairs)["predictions"]]
    assert found["text"] == [write(service)]
    assert [status for status, _ in found["refusals"]] == ["404", "400", "400", "400", "400"]
    assert "sqft" in found["refusals"][1][1]
    assert all(message for _, message in found["refusals"])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a red and a blue picture."""
    folder = tmp_path_factory.mktemp("pictures")
    for colour, kind in (("red", "png"), ("blue", "jpg")):
        Image.new("RGB", (40, 30), colour).save(folder / f"{colour}.{kind}")
    return folder


def test_kserves_client_predicts_with_every_kind_of_model(service: ServerUnderAttack, files: Path) -> None:
    found = run_client("kserve_client.py", f"http://127.0.0.1:{service.port}", service.key, files)

    houses, dear = (predict(service, name, ROWS[:2])["predictions"] for name in ("houses", "dear"))
    assert (found["live"], found["ready"], found["models"]) == (True, True, [True, True, True, False])
    assert found["houses"] == found["binary"] == {"value": [each["value"] for each in houses]}
    assert found["dear"]["label"] == [each["label"] for each in dear]
    assert found["dear"]["probabilities"] == [[*each["probabilities"].values()] for each in dear]
    assert found["books"]["value"] == predict_ratings(service)
    assert found["colours"]["label"] == ["red", "blue"]
    assert found["poet"]["text_output"] == [write(service)]
    assert found["refused"] == 400


def test_mlservers_codecs_and_command_predict_from_data_frames(service: ServerUnderAttack, tmp_path: Path) -> None:
    arguments = service.key, json.dumps(ROWS[:2]), tmp_path
    found = run_client("mlserver_client.py", f"127.0.0.1:{service.port}", *arguments)

    houses, dear = (predict(service, name, ROWS[:2])["predictions"] for name in ("houses", "dear"))
    assert found["houses"] == [each["value"] for each in houses]
    assert found["dear"] == [each["label"] for each in dear]
    assert found["books"] == predict_ratings(service)
    assert found["poet"] == [write(service, {})]  # it sends no parameters


def predict_ratings(service: ServerUnderAttack) -> list[float]:
    """What /v1 says of a reader and a book, and of unknown ones."""
    pairs = [{"reader": "reader 10", "book": "The Amber Dragon"}, {"reader": "nobody", "book": "?"}]
    return [each["value"] for each in predict(service, "books", pairs)["predictions"]]


def write(service: ServerUnderAttack, options: Mapping[str, int] = {"max_tokens": 12, "seed": 1}) -> str:
    """What /v1 writes."""
    asked = {"prompt": "the cat", **options}
    answer = service.ask(
        "POST", "/v1/models/poet/generate", json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    return json.loads(answer.body)["text"]


def test_the_client_made_from_the_specification_accepts_every_answer(service: ServerUnderAttack, files: Path) -> None:
    with httpx.Client(headers={"Authorization": f"Bearer {service.key}"}, timeout=60) as session:
        client = OpenInferenceClient(base_url=f"http://127.0.0.1:{service.port}", httpx_client=session)
        client.check_server_liveness()
        client.check_server_readiness()
        client.check_model_readiness("houses")
        client.check_model_version_readiness("houses", "2")
        assert client.read_server_metadata().name == "gradus"
        told = client.read_model_metadata("dear")
        assert [tensor.name for tensor in told.outputs or []] == ["label", "probabilities"]
        assert client.read_model_version_metadata("houses", "1").versions == ["1", "2"]
        inputs = [{"name": "sqft", "shape": [2], "datatype": "INT32", "data": [1200, 800]}]
        answer = client.model_infer("dear", request=InferenceRequest.parse_obj({"id": "a", "inputs": inputs}))
        wanted = predict(service, "dear", [{"sqft": 1200}, {"sqft": 800}])["predictions"]
        assert answer.outputs[0].data.__root__ == [each["label"] for each in wanted]
        assert (answer.id, answer.model_version) == ("a", "1")
        by_version = client.model_version_infer("houses", "1", request=InferenceRequest.parse_obj({"inputs": inputs}))
        assert len(by_version.outputs[0].data.__root__) == 2
        picture = b64encode((files / "blue.jpg").read_bytes()).decode()
        for model, columns, wanted_data in (
            ("colours", {"image": [picture]}, ["blue"]),
            (
                "books",
                {"reader": ["reader 10", "nobody"], "book": ["The Amber Dragon", "?"]},
                predict_ratings(service),
            ),
            ("poet", {"text_input": ["the cat"]}, [write(service)]),
        ):
            tensors = [
                {"name": name, "shape": [len(cells)], "datatype": "BYTES", "data": cells}
                for name, cells in columns.items()
            ]
            options = {"max_tokens": 12, "seed": 1} if model == "poet" else {}
            request = InferenceRequest.parse_obj({"inputs": tensors, "parameters": options})
            assert client.model_infer(model, request=request).outputs[0].data.__root__ == wanted_data
        with pytest.raises(BadRequestError) as refused:
            client.model_infer("dear", request=InferenceRequest.parse_obj({"inputs": [{**inputs[0], "shape": [3]}]}))
        assert "shape" in refused.value.body["error"]


class Houses(InputsBaseModel):
    sqft: Annotated[list[float], DatatypeOverride("FP64")]
    area: list[str]
    garden: list[bool]


class Prices(OutputsBaseModel):
    value: list[float]


class Pairs(InputsBaseModel):
    reader: list[str]
    book: list[str]


class Images(InputsBaseModel):
    image: list[str]


class Colours(OutputsBaseModel):
    label: list[str]


def test_the_typed_client_validates_and_predicts_without_a_key(tmp_path: Path, files: Path) -> None:
    service = Server(tmp_path / "data")
    add_models(tmp_path / "data")
    try:
        houses, nobody = (
            RemoteModel(
                model_name=name,
                inputs_model=Houses,
                outputs_model=Prices,
                server_url=f"http://127.0.0.1:{service.port}",
                request_timeout_seconds=60,
            )
            for name in ("houses:1", "nobody")
        )
        houses.validate()
        assert (houses.is_ready(), nobody.is_ready()) == (True, False)
        found = houses.infer(Houses(sqft=[1200.5, 800], area=["north", "south"], garden=[True, False]))
        body = json.dumps(ROWS[:2])
        _, wanted = service.ask("POST", "/v1/models/houses:1/predict", body, {"Content-Type": "application/json"})
        assert found.value == [each["value"] for each in wanted["predictions"]]
        books, colours = (
            RemoteModel(
                model_name=name,
                inputs_model=inputs,
                outputs_model=outputs,
                server_url=f"http://127.0.0.1:{service.port}",
                request_timeout_seconds=60,
            )
            for name, inputs, outputs in (("books", Pairs, Prices), ("colours", Images, Colours))
        )
        rated = books.infer(Pairs(reader=["1", "nobody"], book=["The Amber Dragon", "?"]))
        assert all(1 <= value <= 5 for value in rated.value)
        pictures = [b64encode((files / name).read_bytes()).decode() for name in ("red.png", "blue.jpg")]
        assert colours.infer(Images(image=pictures)).label == ["red", "blue"]
        with pytest.raises(BadStatusCodeFromServerError) as refused:
            nobody.infer(Houses(sqft=[1], area=["a"], garden=[True]))
        assert refused.value.status_code == 404
    finally:
        service.kill()
