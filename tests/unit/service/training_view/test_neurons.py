"""What is told of single neurons of a job over HTTP, and of rows that share their cells."""

from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.unit.service.factories import add_history, add_job, claim, record
from tests.unit.service.generate.test_generate import train_writer
from tests.unit.service.training_view.test_training_view import EPOCHS, ROW, add_running_job


@pytest.fixture
def job_id(app: Flask) -> str:
    return add_running_job(app)


def test_the_units_shown_can_be_those_of_another_epoch(app: Flask, client: FlaskClient) -> None:
    job_id = add_running_job(app)
    path = f"/v1/jobs/{job_id}/weights?units=3"
    alone, last = client.get(f"{path}&epoch=0").get_json(), client.get(f"{path}&epoch=6").get_json()
    answer = client.get(f"{path}&epoch=0&units_of=latest").get_json()
    whole = client.get(f"/v1/jobs/{job_id}/weights?epoch=0").get_json()["layers"][0]["weights"]

    assert answer["epoch"] == alone["epoch"] == 0
    assert (answer["inputs"], answer["layers"][0]["shown"]) == (last["inputs"], last["layers"][0]["shown"])
    assert answer["layers"][0]["weights"] == [
        [whole[given["index"]][unit] for unit in answer["layers"][0]["shown"]] for given in answer["inputs"]
    ]
    assert client.get(f"{path}&units_of=99").get_json()["errors"][0]["pointer"] == "?units_of"


def test_the_activations_of_a_neuron_are_those_of_its_trace(client: FlaskClient, job_id: str) -> None:
    path = f"/v1/jobs/{job_id}"
    defaults: dict[str, Any] = {"area": "north", "garden": True}
    given: list[dict[str, Any]] = [{"sqft": 1200}, {"sqft": 2900, "garden": False}]
    body = {"rows": given, "defaults": defaults, "layer": 1, "unit": 3, "epoch": 4}
    answer = client.post(f"{path}/activations", json=body).get_json()
    rows = [{**defaults, **row, "price": 1} for row in given]
    traces = [client.post(f"{path}/trace", json={"row": row, "epoch": 4}).get_json()["layers"][0] for row in rows]

    assert (answer["epoch"], answer["layer"], answer["unit"], answer["activation"]) == (4, 1, 3, "relu")
    np.testing.assert_allclose(answer["activations"], [layer["a"][3] for layer in traces], rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"layer": 9}, "#/layer"), ({"unit": 8}, "#/unit"), ({"rows": []}, "#/rows"), ({"epoch": 77}, "#/epoch")],
)
def test_a_neuron_that_is_not_there_has_no_activations(
    client: FlaskClient, job_id: str, change: dict[str, Any], pointer: str
) -> None:
    answer = client.post(f"/v1/jobs/{job_id}/activations", json={"layer": 1, "unit": 0, "rows": [ROW], **change})

    assert (answer.status_code, [error["pointer"] for error in answer.get_json()["errors"]]) == (422, [pointer])


def test_a_net_that_writes_has_no_activations_by_row(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    held = claim(app)
    record(app, held, 1, EPOCHS)
    add_history(app, held, train_writer(), EPOCHS)

    answer = client.post(f"/v1/jobs/{job_id}/activations", json={"layer": 1, "unit": 0, "rows": [{"text": "a"}]})

    assert (answer.status_code, answer.get_json()["title"]) == (422, "Does not apply to this model")


def test_cells_that_rows_leave_out_are_the_defaults_of_a_replay(client: FlaskClient, job_id: str) -> None:
    path = f"/v1/jobs/{job_id}/replay"
    rows = [{"sqft": 1200, "area": "north", "garden": True}, {"sqft": 900, "area": "south", "garden": True}]
    whole = client.post(path, json={"rows": rows}).get_json()
    shared = {"rows": [{"sqft": 1200}, {"sqft": 900, "area": "south"}], "defaults": {"area": "north", "garden": True}}

    assert client.post(path, json=shared).get_json() == whole
    (error,) = client.post(path, json={**shared, "defaults": {"area": "north", "sqfd": 1}}).get_json()["errors"]
    assert error["pointer"] == "#/defaults/sqfd"
