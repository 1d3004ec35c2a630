"""Layer statistics, weights, replays and traces of a job over HTTP, during and after training."""

from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.training_view import JobWeightsResponse, LayersPage, ReplayResponse, TraceResponse
from learning.data.prepare import prepare
from learning.model import create_model
from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from store.database import begin_write
from store.jobs import layer_stats
from store.jobs.layer_stats import LayerStatsRecord
from tests.unit.service.factories import (
    LAYERS,
    add_dataset,
    add_history,
    add_job,
    add_model,
    claim,
    houses,
    record,
    sessions_of,
    succeed_job,
    train_model,
)
from tests.unit.service.generate.test_generate import train_writer
from tests.unit.service.jobs.test_events import read_all

EPOCHS = 6
ROW: dict[str, Any] = {"sqft": 1200, "area": "north", "garden": True}


def add_running_job(app: Flask, target: str = "price") -> str:
    """A running job, of which six epochs are recorded."""
    job_id = add_job(app)
    held = claim(app)
    record(app, held, 1, EPOCHS)
    add_history(app, held, train_model(target), EPOCHS)
    return job_id


@pytest.fixture
def job_id(app: Flask) -> str:
    return add_running_job(app)


def test_layers_come_oldest_first_and_page_by_page(app: Flask, client: FlaskClient, job_id: str) -> None:
    whole = LayersPage.model_validate(client.get(f"/v1/jobs/{job_id}/layers").get_json())
    assert [look.epoch for look in whole.data] == [1, 2, 3, 4, 5, 6]
    assert [layer.model_dump() for layer in whole.data[0].layers] == LAYERS
    page = LayersPage.model_validate(client.get(f"/v1/jobs/{job_id}/layers?after_epoch=2&limit=3").get_json())
    assert ([look.epoch for look in page.data], page.has_more, page.after_epoch) == ([3, 4, 5], True, 5)


def test_values_that_are_not_finite_are_null_and_listed(app: Flask, client: FlaskClient, job_id: str) -> None:
    odd = [{**LAYERS[0], "gradient_norm": None}, LAYERS[1]]
    with begin_write(sessions_of(app)) as s:
        layer_stats.add(
            s, job_id, [LayerStatsRecord(epoch=7, layers=odd, non_finite={"layers.0.gradient_norm": "inf"})]
        )
    (look,) = client.get(f"/v1/jobs/{job_id}/layers?after_epoch=6").get_json()["data"]

    assert (look["layers"][0]["gradient_norm"], look["non_finite"]) == (None, {"layers.0.gradient_norm": "inf"})


def test_a_stream_sends_the_layer_statistics_of_each_epoch_before_it_to_every_reader(
    app: Flask, client: FlaskClient
) -> None:
    job_id = add_job(app)
    held = claim(app)
    record(app, held, 1, 3)
    add_history(app, held, train_model("price"), 3)
    succeed_job(app, held, train_model("price"), "houses")
    told = read_all(client, job_id)
    assert [kind for _, kind, _ in told] == ["layers", "epoch"] * 3 + ["status", "end"]
    assert [data["epoch"] for _, kind, data in told if kind == "layers"] == [1, 2, 3]
    for number, (place, _, _) in enumerate(told[:-2]):
        rest = [
            (kind, data["epoch"]) for _, kind, data in read_all(client, job_id, place) if kind in {"layers", "epoch"}
        ]
        missed = [(kind, data["epoch"]) for _, kind, data in told[number + 1 : -2]]
        assert [told for told in rest if told in missed] == missed


def test_weights_are_those_of_the_model_with_input_names(client: FlaskClient, job_id: str) -> None:
    model = train_model("price")
    answer = JobWeightsResponse.model_validate(client.get(f"/v1/jobs/{job_id}/weights").get_json())
    arrays = model.weight_arrays()

    assert (answer.epoch, answer.kept_epochs, answer.watched_epoch) == (6, [0, 1, 2, 3, 4, 5, 6], 6)
    assert [given.name for given in answer.inputs] == ["sqft", "area = north", "area = south", "garden"]
    assert answer.outputs == ["price"]
    hidden, output = answer.layers
    np.testing.assert_allclose(np.array(hidden.weights, float), arrays["layer1.weights"], rtol=1e-5)
    np.testing.assert_allclose(np.array(output.weights, float), arrays["layer2.weights"], rtol=1e-5)
    assert hidden.gradients == [[1.0] * 8] * 4
    assert (hidden.dead, output.dead) == ([True] + 7 * [False], [False])


def test_a_net_that_writes_has_features_of_a_token_for_inputs_and_tokens_for_outputs(
    app: Flask, client: FlaskClient
) -> None:
    job_id, model = add_job(app), train_writer()
    held = claim(app)
    record(app, held, 1, EPOCHS)
    add_history(app, held, model, EPOCHS)

    answer = JobWeightsResponse.model_validate(client.get(f"/v1/jobs/{job_id}/weights?units=64").get_json())
    wide = answer.layers[0]
    assert [given.name for given in answer.inputs] == [f"text [{given.index + 1}]" for given in answer.inputs]
    assert len(answer.inputs) == len(wide.weights) == len(model.net.weights[0]) - 1
    assert answer.outputs == list(model.header.output_names)


def test_a_large_net_is_shown_by_its_strongest_units(client: FlaskClient, job_id: str) -> None:
    whole = client.get(f"/v1/jobs/{job_id}/weights").get_json()["layers"][0]
    answer = client.get(f"/v1/jobs/{job_id}/weights?units=3&epoch=6").get_json()
    layer = answer["layers"][0]
    places = [given["index"] for given in answer["inputs"]]

    assert (len(answer["inputs"]), len(layer["shown"]), layer["units"]) == (3, 3, 8)
    assert layer["weights"] == [[whole["weights"][row][column] for column in layer["shown"]] for row in places]


def test_an_epoch_without_stored_weights_is_refused_with_the_nearest(client: FlaskClient, job_id: str) -> None:
    got = client.get(f"/v1/jobs/{job_id}/weights?epoch=99")
    asked = client.post(f"/v1/jobs/{job_id}/replay", json={"rows": [ROW], "epochs": [1, 77]})
    for answer, pointer in ((got, "?epoch"), (asked, "#/epochs/1")):
        (error,) = answer.get_json()["errors"]
        assert (answer.status_code, error["pointer"], error["code"]) == (422, pointer, "epoch_not_kept")
        assert error["suggestion"] == "6"
    for odd in ("-1", "best", "1.5", "9" * 400):
        assert client.get(f"/v1/jobs/{job_id}/weights?epoch={odd}").status_code == 422


@pytest.mark.parametrize("target", ["price", "dear"])
def test_a_replay_of_the_last_epoch_equals_the_predictions_of_the_model(
    app: Flask, client: FlaskClient, target: str
) -> None:
    job_id = add_running_job(app, target)
    rows = [ROW, {"sqft": 2900, "area": "south", "garden": False}, {"sqft": None, target: 3}]
    running = ReplayResponse.model_validate(client.post(f"/v1/jobs/{job_id}/replay", json={"rows": rows}).get_json())
    assert [entry.epoch for entry in running.data] == [0, 1, 2, 3, 4, 5, 6]
    some = client.post(f"/v1/jobs/{job_id}/replay", json={"rows": rows, "epochs": [6, 0]}).get_json()
    assert [entry["epoch"] for entry in some["data"]] == [0, 6]
    latest = client.post(f"/v1/jobs/{job_id}/replay", json={"rows": rows, "epochs": "latest"}).get_json()
    assert latest["data"] == some["data"][1:]

    add_model(app, train_model(target), "same")
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
        ([1], "#/0", "object_type"),
        (3, "#", "object_type"),
    ],
)
def test_rows_that_predict_refuses_are_refused_alike(
    client: FlaskClient, job_id: str, body: object, pointer: str, code: str | None
) -> None:
    answer = client.post(f"/v1/jobs/{job_id}/replay", json=body)
    error = answer.get_json()["errors"][0]
    assert (answer.status_code, error["pointer"]) == (422, pointer)
    assert code in {None, error["code"]}


def test_before_the_first_stored_weights_the_response_says_so(app: Flask, client: FlaskClient) -> None:
    waiting = add_job(app)
    for answer in (client.get(f"/v1/jobs/{waiting}/weights"), client.post(f"/v1/jobs/{waiting}/replay", json=ROW)):
        assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/not-kept")
        assert "not begun" in answer.get_json()["detail"]
    assert client.get(f"/v1/jobs/{waiting}/layers").get_json()["data"] == []
    held = claim(app)
    record(app, held, 1, 2)
    assert "GRADUS_HISTORY_BYTES" in client.get(f"/v1/jobs/{waiting}/weights").get_json()["detail"]


@pytest.mark.parametrize(("target", "expected"), [("price", 212.5), ("dear", "yes")])
def test_a_trace_is_one_training_step_of_the_stored_net_on_the_row(
    app: Flask, client: FlaskClient, target: str, expected: float | str
) -> None:
    job_id = add_running_job(app, target)
    row = {**ROW, target: expected}
    answer = TraceResponse.model_validate(client.post(f"/v1/jobs/{job_id}/trace", json={"row": row}).get_json())
    replayed = client.post(f"/v1/jobs/{job_id}/replay", json={"rows": [ROW], "epochs": "latest"}).get_json()
    hidden, output = answer.layers
    x = np.array([given.value for given in answer.encoded], float)
    z = x @ np.array(hidden.weights, float) + np.array(hidden.biases, float)

    assert (answer.epoch, answer.expected, answer.row) == (6, expected, row)
    assert answer.prediction.model_dump(exclude_none=True) == replayed["data"][0]["predictions"][0]
    np.testing.assert_allclose(np.array(hidden.z, float), z, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(np.array(hidden.a, float), np.maximum(z, 0), rtol=1e-4, atol=1e-5)
    assert output.inputs == hidden.a
    np.testing.assert_allclose(np.array(hidden.dw, float), np.outer(x, np.array(hidden.dz, float)), rtol=1e-5)
    z_out = np.array(output.z, float)[0]
    loss = (z_out - answer.target) ** 2 if target == "price" else np.log1p(np.exp(-answer.target * z_out))
    assert answer.loss == pytest.approx(loss, rel=1e-3)
    assert (answer.loss_name, answer.update.learning_rate) == ("mse" if target == "price" else "cross_entropy", 0.001)
    assert answer.update.loss_after == pytest.approx(loss, rel=0.1)
    assert answer.update.loss_after != answer.loss


def test_a_trace_is_of_any_stored_epoch(client: FlaskClient, job_id: str) -> None:
    asked = {"row": {**ROW, "price": 200}, "epoch": 0}
    first = client.post(f"/v1/jobs/{job_id}/trace", json=asked).get_json()

    assert (first["epoch"], first["layers"][0]["z"]) == (0, [0.0] * 8)


def test_a_wide_layer_is_traced_by_its_strongest_units_and_whole_vectors(app: Flask, client: FlaskClient) -> None:
    prepared = prepare(houses(), target="price", features=["sqft", "area", "garden"])
    net = NeuralNet(prepared.inputs.net_inputs, [Dense(units=100)], 1, seed=0)
    job_id = add_job(app)
    held = claim(app)
    record(app, held, 1, 1)
    add_history(app, held, create_model(prepared, net), 1)
    answer = client.post(f"/v1/jobs/{job_id}/trace", json={"row": {**ROW, "price": 200}}).get_json()
    hidden, output = answer["layers"]

    assert (len(hidden["shown"]), len(hidden["weights"]), len(hidden["weights"][0])) == (64, 4, 64)
    assert (len(hidden["z"]), len(hidden["biases"]), len(output["inputs"])) == (100, 100, 100)
    assert output["shown_inputs"] == hidden["shown"]
    assert output["weights"][0] == pytest.approx(net.weights[1][hidden["shown"][0]].tolist())


@pytest.mark.parametrize(
    ("target", "row", "pointer", "code"),
    [
        ("price", ROW, "#/row/price", "missing_target"),
        ("price", {**ROW, "price": "dear"}, "#/row/price", "not_a_number"),
        ("price", {**ROW, "pric": 200}, "#/row/pric", "unknown_column"),
        ("dear", {**ROW, "dear": "yess"}, "#/row/dear", "unknown_class"),
        ("dear", {**ROW, "dear": None}, "#/row/dear", "missing_target"),
        ("dear", [ROW], "#/row", None),
    ],
)
def test_a_row_that_cannot_be_trained_on_is_refused(
    app: Flask, client: FlaskClient, target: str, row: object, pointer: str, code: str | None
) -> None:
    answer = client.post(f"/v1/jobs/{add_running_job(app, target)}/trace", json={"row": row})
    error = answer.get_json()["errors"][0]

    assert (answer.status_code, error["pointer"]) == (422, pointer)
    assert code in {None, error["code"]}


@pytest.mark.parametrize(("way", "field", "pointer"), [("trace", "row", "#/row"), ("replay", "rows", "#/rows/1")])
def test_each_invalid_cell_is_reported_once_up_to_a_limit(
    app: Flask, client: FlaskClient, way: str, field: str, pointer: str
) -> None:
    odd = {f"k{number:04}": dict[str, int]() for number in range(3000)}

    answer = client.post(f"/v1/jobs/{add_running_job(app)}/{way}", json={field: odd if field == "row" else [ROW, odd]})

    told = [(error["pointer"], error["code"]) for error in answer.get_json()["errors"]]
    assert answer.status_code == 422
    assert told == [(f"{pointer}/k{number:04}", "cell_type") for number in range(50)]


def test_a_job_may_start_from_a_stored_epoch(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    held = claim(app)
    record(app, held, 1, 9)
    add_history(app, held, train_model("price"), 7)
    model_id = succeed_job(app, held, train_model("price"), "houses")

    def validate_start(epoch: int) -> dict[str, Any]:
        start = {"job_id": job_id, "epoch": epoch}
        spec = {"dataset_id": add_dataset(app), "target": "price", "start_from": start}
        return client.post("/v1/jobs/validate", json=spec).get_json()

    assert validate_start(5)["spec"]["start_from"] == {"job_id": None, "model": model_id, "epoch": 5}
    assert validate_start(9)["spec"]["start_from"] == {"job_id": None, "model": model_id, "epoch": None}
    (error,) = validate_start(8)["errors"]
    assert (error["code"], error["suggestion"]) == ("epoch_not_kept", "9")


def test_a_net_without_items_has_no_map(client: FlaskClient, job_id: str) -> None:
    answer = client.get(f"/v1/jobs/{job_id}/item-map")
    assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/not-for-task")
