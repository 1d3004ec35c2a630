"""The layers, weights and replays of a job, as they are asked for while it runs and after."""

from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from test_events import read_all
from training_makers import LAYERS, add_job, add_model, claim, record, sessions_of, succeed, trained, watch

from contract.watching import JobWeightsAnswer, LayersPage, ReplayAnswer
from store import layers
from store.database import writing
from store.layers import LayersRecord

EPOCHS = 6
ROW: dict[str, Any] = {"sqft": 1200, "area": "north", "garden": True}


def begun(app: Flask, target: str = "price") -> str:
    """A running job, of which six epochs are recorded."""
    job_id = add_job(app)
    held = claim(app)
    record(app, held, 1, EPOCHS)
    watch(app, held, trained(target), EPOCHS)
    return job_id


@pytest.fixture
def job_id(app: Flask) -> str:
    return begun(app)


def test_layers_come_oldest_first_and_page_by_page(app: Flask, client: FlaskClient, job_id: str) -> None:
    whole = LayersPage.model_validate(client.get(f"/v1/jobs/{job_id}/layers").get_json())
    assert [look.epoch for look in whole.data] == [1, 2, 3, 4, 5, 6]
    assert [layer.model_dump() for layer in whole.data[0].layers] == LAYERS
    page = LayersPage.model_validate(client.get(f"/v1/jobs/{job_id}/layers?after_epoch=2&limit=3").get_json())
    assert ([look.epoch for look in page.data], page.has_more, page.after_epoch) == ([3, 4, 5], True, 5)


def test_what_is_not_finite_is_null_and_named(app: Flask, client: FlaskClient, job_id: str) -> None:
    odd = [{**LAYERS[0], "gradient_norm": None}, LAYERS[1]]
    with writing(sessions_of(app)) as s:
        layers.append(s, job_id, [LayersRecord(epoch=6, layers=odd, non_finite={"layers.0.gradient_norm": "inf"})])
    (look,) = client.get(f"/v1/jobs/{job_id}/layers?after_epoch=5").get_json()["data"]

    assert (look["layers"][0]["gradient_norm"], look["non_finite"]) == (None, {"layers.0.gradient_norm": "inf"})


def test_a_stream_tells_the_layers_of_each_epoch_before_it_and_nobody_misses_them(
    app: Flask, client: FlaskClient
) -> None:
    job_id = add_job(app)
    held = claim(app)
    record(app, held, 1, 3)
    watch(app, held, trained("price"), 3)
    succeed(app, held, trained("price"), "houses")
    told = read_all(client, job_id)
    assert [kind for _, kind, _ in told] == ["layers", "epoch"] * 3 + ["status", "end"]
    assert [data["epoch"] for _, kind, data in told if kind == "layers"] == [1, 2, 3]
    for number, (place, _, _) in enumerate(told[:-2]):
        rest = [
            (kind, data["epoch"]) for _, kind, data in read_all(client, job_id, place) if kind in {"layers", "epoch"}
        ]
        missed = [(kind, data["epoch"]) for _, kind, data in told[number + 1 : -2]]
        assert [told for told in rest if told in missed] == missed


def test_weights_are_those_of_the_model_with_names_for_what_goes_in(client: FlaskClient, job_id: str) -> None:
    model = trained("price")
    answer = JobWeightsAnswer.model_validate(client.get(f"/v1/jobs/{job_id}/weights").get_json())
    arrays = model.arrays()

    assert (answer.epoch, answer.kept_epochs, answer.watched_epoch) == (6, [0, 1, 2, 3, 4, 5, 6], 6)
    assert [given.name for given in answer.inputs] == ["sqft", "area = north", "area = south", "garden"]
    assert answer.outputs == ["price"]
    hidden, output = answer.layers
    np.testing.assert_allclose(np.array(hidden.weights, float), arrays["layer1.weights"], rtol=1e-5)
    np.testing.assert_allclose(np.array(output.weights, float), arrays["layer2.weights"], rtol=1e-5)
    assert hidden.gradients == [[1.0] * 8] * 4
    assert (hidden.dead, output.dead) == ([True] + 7 * [False], [False])


def test_of_a_large_net_the_strongest_part_is_shown(client: FlaskClient, job_id: str) -> None:
    whole = client.get(f"/v1/jobs/{job_id}/weights").get_json()["layers"][0]
    answer = client.get(f"/v1/jobs/{job_id}/weights?units=3&epoch=6").get_json()
    layer = answer["layers"][0]
    places = [given["index"] for given in answer["inputs"]]

    assert (len(answer["inputs"]), len(layer["shown"]), layer["units"]) == (3, 3, 8)
    assert layer["weights"] == [[whole["weights"][row][column] for column in layer["shown"]] for row in places]


def test_an_epoch_that_is_not_kept_is_refused_with_the_nearest(client: FlaskClient, job_id: str) -> None:
    got = client.get(f"/v1/jobs/{job_id}/weights?epoch=99")
    asked = client.post(f"/v1/jobs/{job_id}/replay", json={"rows": [ROW], "epochs": [1, 77]})
    for answer, pointer in ((got, "?epoch"), (asked, "#/epochs/1")):
        (error,) = answer.get_json()["errors"]
        assert (answer.status_code, error["pointer"], error["code"]) == (422, pointer, "epoch_not_kept")
        assert error["suggestion"] == "6"
    for odd in ("-1", "best", "1.5", "9" * 400):
        assert client.get(f"/v1/jobs/{job_id}/weights?epoch={odd}").status_code == 422


@pytest.mark.parametrize("target", ["price", "dear"])
def test_a_replay_of_the_last_epoch_is_what_its_model_predicts(app: Flask, client: FlaskClient, target: str) -> None:
    job_id = begun(app, target)
    rows = [ROW, {"sqft": 2900, "area": "south", "garden": False}, {"sqft": None, target: 3}]
    running = ReplayAnswer.model_validate(client.post(f"/v1/jobs/{job_id}/replay", json={"rows": rows}).get_json())
    assert [entry.epoch for entry in running.data] == [0, 1, 2, 3, 4, 5, 6]
    some = client.post(f"/v1/jobs/{job_id}/replay", json={"rows": rows, "epochs": [6, 0]}).get_json()
    assert [entry["epoch"] for entry in some["data"]] == [0, 6]
    latest = client.post(f"/v1/jobs/{job_id}/replay", json={"rows": rows, "epochs": "latest"}).get_json()
    assert latest["data"] == some["data"][1:]

    add_model(app, trained(target), "same")
    predicted = client.post("/v1/models/same/predict", json={"rows": rows}).get_json()["predictions"]
    assert latest["data"][0]["predictions"] == predicted


def test_a_bare_row_is_replayed_through_all_epochs(client: FlaskClient, job_id: str) -> None:
    bare = client.post(f"/v1/jobs/{job_id}/replay", json=ROW).get_json()
    assert bare == client.post(f"/v1/jobs/{job_id}/replay", json={"rows": [ROW]}).get_json()
    assert len(bare["data"]) == 7


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"rows": [ROW, {"sqfd": 1}]}, "#/rows/1/sqfd", "unknown_column"),
        ({"sqfd": 1}, "#/sqfd", "unknown_column"),
        ({"rows": [{"sqft": "large"}]}, "#/rows/0/sqft", "not_a_number"),
        ({"sqft": [1]}, "#/sqft", "cell_type"),
        ({"rows": [ROW], "epochs": "some"}, "#/epochs", None),
        ({"rows": [ROW], "epochs": []}, "#/epochs", None),
        ({"rows": [ROW], "epoch": 3}, "#/epoch", "unknown_field"),
        ({"rows": [ROW] * 1025}, "#/rows", "too_long"),
        ({"rows": {}}, "#/rows", "list_type"),
        ([], "#", "object_type"),
    ],
)
def test_rows_that_predict_refuses_are_refused_alike(
    client: FlaskClient, job_id: str, body: object, pointer: str, code: str | None
) -> None:
    answer = client.post(f"/v1/jobs/{job_id}/replay", json=body)
    error = answer.get_json()["errors"][0]
    assert (answer.status_code, error["pointer"]) == (422, pointer)
    assert code in {None, error["code"]}


def test_before_anything_is_kept_the_answer_says_so(app: Flask, client: FlaskClient) -> None:
    waiting = add_job(app)
    for answer in (client.get(f"/v1/jobs/{waiting}/weights"), client.post(f"/v1/jobs/{waiting}/replay", json=ROW)):
        assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/not-kept")
        assert "not begun" in answer.get_json()["detail"]
    assert client.get(f"/v1/jobs/{waiting}/layers").get_json()["data"] == []
    held = claim(app)
    record(app, held, 1, 2)
    assert "GRADUS_HISTORY_BYTES" in client.get(f"/v1/jobs/{waiting}/weights").get_json()["detail"]
