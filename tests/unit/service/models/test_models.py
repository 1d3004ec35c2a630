"""Models over HTTP: references, descriptions, downloads, aliases and deletion."""

import io
import json
import re
import time

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.responses import AliasResponse, ModelResponse
from learning.language.token_encoder import TokenEncoder
from learning.serialization import from_json
from store.models.lookup import CACHE_SECONDS
from tests.databases import on_every_database
from tests.unit.service.factories import add_model, train_model
from tests.unit.service.generate.test_generate import train_writer


def ids(client: FlaskClient, query: str = "") -> list[str]:
    return [item["id"] for item in client.get(f"/v1/models{query}").get_json()["data"]]


@pytest.fixture
def versions(app: Flask) -> list[str]:
    """Three versions of `houses`, in their order."""
    return [add_model(app, train_model("price", seed), "houses") for seed in range(3)]


def test_a_model_is_described(app: Flask, client: FlaskClient, versions: list[str]) -> None:
    answer = ModelResponse.model_validate_json(client.get("/v1/models/houses").data)

    assert (answer.id, answer.name, answer.version, answer.aliases) == (versions[2], "houses", 3, [])
    assert (answer.task, answer.target, answer.classes) == ("regression", "price", None)
    assert [(column.name, column.type, column.categories) for column in answer.inputs] == [
        ("sqft", "numeric", None),
        ("area", "categorical", ["north", "south"]),
        ("garden", "boolean", None),
    ]
    assert answer.weights_sha256 == train_model("price", 2).weights_sha256
    assert answer.metrics == {"validation": {"rmse": 0.5}}


def test_classes_are_named(app: Flask, client: FlaskClient) -> None:
    add_model(app, train_model("dear"), "dear")

    assert client.get("/v1/models/dear").get_json()["classes"] == ["no", "yes"]


def test_every_kind_of_reference_resolves_to_its_version(client: FlaskClient, versions: list[str]) -> None:
    client.put("/v1/models/houses/aliases/champion", json={"version": 2})

    found = {
        ref: client.get(f"/v1/models/{ref}").get_json()["id"]
        for ref in (versions[0], "houses", "houses:1", "houses@champion")
    }

    assert list(found.values()) == [versions[0], versions[2], versions[0], versions[1]]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("DELETE", ""), ("GET", "/weights"), ("GET", "/schema"), ("POST", "/predict")]
)
def test_an_unknown_reference_is_not_found(app: Flask, client: FlaskClient, method: str, path: str) -> None:
    add_model(app, train_model("price"), "houses")
    refs = [
        "nothing",
        "houses:9",
        "houses:0",
        "houses:x",
        "houses@nobody",
        "mdl_" + "0" * 26,
        "@",
        ":",
        "houses:" + "9" * 99,
    ]

    answers = [client.open(f"/v1/models/{ref}{path}", method=method, json={}) for ref in refs]

    assert [answer.status_code for answer in answers] == [404] * len(refs)


def test_another_owners_models_are_not_there(app: Flask, client: FlaskClient) -> None:
    model_id = add_model(app, train_model("price"), "theirs", owner="somebody")

    assert ids(client) == []
    assert [client.get(f"/v1/models/{ref}").status_code for ref in (model_id, "theirs", "theirs:1")] == [404] * 3


def test_lists_are_newest_first_and_filtered_by_name(app: Flask, client: FlaskClient, versions: list[str]) -> None:
    other = add_model(app, train_model("dear"), "dear")
    client.put("/v1/models/houses/aliases/champion", json={"version": 2})

    page = client.get("/v1/models?name=houses&limit=2").get_json()

    assert ids(client) == [other, *versions[::-1]]
    assert [(item["version"], item["aliases"]) for item in page["data"]] == [(3, []), (2, ["champion"])]
    assert page["has_more"]
    assert ids(client, f"?name=houses&after={page['last_id']}") == [versions[0]]


@on_every_database
def test_an_alias_is_moved_and_removed(client: FlaskClient, versions: list[str]) -> None:
    path = "/v1/models/houses/aliases/champion"

    first = AliasResponse.model_validate_json(client.put(path, json={"version": 1}).data)
    moved = AliasResponse.model_validate_json(client.put(path, json={"version": 2}).data)

    assert (first.model_id, moved.model_id) == (versions[0], versions[1])
    assert client.get("/v1/models/houses:1").get_json()["aliases"] == []
    assert client.delete(path).get_json() == {"object": "deleted", "id": "houses@champion"}
    assert client.get("/v1/models/houses@champion").status_code == 404
    assert client.delete(path).status_code == 404


def test_an_alias_needs_a_version_and_a_name(app: Flask, client: FlaskClient) -> None:
    add_model(app, train_model("price"), "houses")
    asked: list[tuple[str, object, int]] = [
        ("houses/aliases/champion", 9, 404),
        ("nothing/aliases/champion", 1, 404),
        ("houses/aliases/cham:pion", 1, 422),
        ("houses/aliases/-", 1, 422),
        ("houses/aliases/champion", 0, 422),
        ("houses/aliases/champion", "1", 422),
        ("houses/aliases/champion", True, 422),
    ]

    found = [client.put(f"/v1/models/{path}", json={"version": version}).status_code for path, version, _ in asked]

    assert found == [status for _, _, status in asked]


def test_a_deleted_version_loses_its_aliases_and_its_number_is_not_reused(
    app: Flask, client: FlaskClient, versions: list[str]
) -> None:
    client.put("/v1/models/houses/aliases/champion", json={"version": 3})

    deleted = client.delete("/v1/models/houses")

    assert deleted.get_json() == {"object": "deleted", "id": versions[2]}
    assert client.get("/v1/models/houses@champion").status_code == 404
    assert client.get("/v1/models/houses").get_json()["version"] == 2
    add_model(app, train_model("price"), "houses")
    assert client.get("/v1/models/houses").get_json()["version"] == 4


def test_a_model_that_is_deleted_is_served_for_half_a_second_at_most(client: FlaskClient, versions: list[str]) -> None:
    assert client.post("/v1/models/houses:3/predict", json={}).status_code == 200

    client.delete("/v1/models/houses:3")

    time.sleep(CACHE_SECONDS)
    assert client.post("/v1/models/houses:3/predict", json={}).status_code == 404
    assert client.post(f"/v1/models/{versions[2]}/predict", json={}).status_code == 404


def test_weights_are_npz_by_default(client: FlaskClient, versions: list[str]) -> None:
    response = client.get("/v1/models/houses:1/weights")

    assert response.headers["Content-Disposition"] == 'attachment; filename="houses-1.npz"'
    with np.load(io.BytesIO(response.data), allow_pickle=False) as found:
        arrays = train_model("price", 0).weight_arrays()
        assert {name: found[name].tobytes() for name in found} == {name: a.tobytes() for name, a in arrays.items()}


@pytest.mark.parametrize("tokenizer", ["characters", "bytes", "subwords"])
def test_weights_of_a_model_that_writes_come_with_its_tokenizer(
    app: Flask, client: FlaskClient, tokenizer: str
) -> None:
    add_model(app, (model := train_writer(tokenizer)), "poet")
    assert model.writer is not None
    data = client.get("/v1/models/poet/weights?format=safetensors").data
    metadata = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    with np.load(io.BytesIO(client.get("/v1/models/poet/weights").data), allow_pickle=False) as found:
        about = json.loads(found["inputs.json"])
    assert json.loads(metadata["inputs"]) == about
    rebuilt = from_json(TokenEncoder, about)
    text = "the cat sat on a mat"
    assert rebuilt.tokenizer.encode(text).tolist() == model.writer.tokenizer.encode(text).tolist()
    assert rebuilt.context == model.writer.encoder.context


def test_weights_are_safetensors_by_accept_header(client: FlaskClient, versions: list[str]) -> None:
    response = client.get("/v1/models/houses:1/weights?format=safetensors")

    assert response.headers["Content-Disposition"] == 'attachment; filename="houses-1.safetensors"'
    assert int.from_bytes(response.data[:8], "little") < len(response.data)
    assert b'"layer1.weights":{"dtype":"F32"' in response.data


@pytest.mark.parametrize("query", ["", "?format=safetensors"])
def test_large_weights_are_sent_while_they_are_written(
    client: FlaskClient, versions: list[str], query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = client.get(f"/v1/models/houses:1/weights{query}")
    monkeypatch.setattr("service.models.routes.MAX_WHOLE_BYTES", 0)

    streamed = client.get(f"/v1/models/houses:1/weights{query}")

    assert ["Content-Length" in response.headers for response in (whole, streamed)] == [True, False]
    assert streamed.data == whole.data
    assert streamed.headers["ETag"] == whole.headers["ETag"]


def test_weights_that_the_caller_has_are_not_sent_again(client: FlaskClient, versions: list[str]) -> None:
    tag = client.get("/v1/models/houses:1/weights").headers["ETag"]

    same = client.get("/v1/models/houses:1/weights", headers={"If-None-Match": tag})
    other = client.get("/v1/models/houses:1/weights?format=safetensors", headers={"If-None-Match": tag})

    assert (same.status_code, same.data) == (304, b"")
    assert other.status_code == 200


def test_weights_have_no_other_format(client: FlaskClient, versions: list[str]) -> None:
    assert client.get("/v1/models/houses/weights?format=pickle").status_code == 422


def test_the_schema_describes_a_row_and_its_example_can_be_sent(client: FlaskClient, versions: list[str]) -> None:
    response = client.get("/v1/models/houses/schema")
    schema = response.get_json()

    assert response.content_type == "application/schema+json"
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == "houses:3"
    assert list(schema["properties"])[:3] == ["sqft", "area", "garden"]
    assert schema["properties"]["area"]["examples"] == ["north", "south"]
    assert "enum" not in schema["properties"]["area"]
    bounds = re.fullmatch(r"From (.*) to (.*) in training; .*", schema["properties"]["sqft"]["description"])
    sqft = next(column for column in train_model("price", 2).inputs if column.name == "sqft")
    assert bounds
    assert [float(bound) for bound in bounds.groups()] == pytest.approx([sqft.minimum, sqft.maximum], rel=1e-5)
    assert all(len(bound.replace(".", "")) <= 6 for bound in bounds.groups())
    assert schema["additionalProperties"] is False
    (example,) = schema["examples"]
    predicted = client.post("/v1/models/houses/predict", json=example).get_json()
    assert predicted["warnings"] == []
