"""A model of several targets with quantiles, over HTTP: predictions in JSON and CSV, insights per target or refused."""

import csv
import io
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.model_insight import MistakesResponse
from contract.responses import ModelResponse, PredictedValues, PredictionResponse
from learning.data.prepare import PreparedData, prepare
from learning.model import create_model
from learning.nn.net import NeuralNet
from tests.unit.learning.trainings import create_trainer
from tests.unit.service.factories import add_model, compute_insights_of, csv_of_houses, houses

TARGETS = ("sqft", "price")
ONE = {"area": "north", "garden": True}


@cache
def train_net() -> tuple[PreparedData, NeuralNet]:
    prepared = prepare(houses(), target=TARGETS, features=["area", "garden"], quantiles=(0.1, 0.5, 0.9))
    net = NeuralNet(prepared.inputs.net_inputs, [], prepared.output.outputs, seed=0)
    for _ in create_trainer(net, prepared.train, prepared.validation, epochs=5, batch_size=16).run():
        pass
    return prepared, net


@cache
def find_insights() -> Mapping[str, bytes]:
    return compute_insights_of(*train_net(), epochs=5)


@pytest.fixture
def model_id(app: Flask) -> str:
    return add_model(app, create_model(*train_net()), "both", find_insights(), targets=list(TARGETS))


def get_json(client: FlaskClient, path: str, status: int = 200) -> Any:
    response = client.get(f"/v1/models/both{path}")
    assert response.status_code == status, response.text
    return response.get_json()


@pytest.mark.parametrize("rows", [1, 40])
def test_every_target_is_predicted_with_quantiles_that_do_not_cross(client: FlaskClient, model_id: str, rows: int):
    answer = client.post("/v1/models/both/predict", json={"rows": [ONE] * rows})

    found = PredictionResponse.model_validate_json(answer.data)
    assert len(found.predictions) == rows
    for one in found.predictions:
        assert isinstance(one, PredictedValues)
        assert tuple(one.values) == TARGETS
        assert one.quantiles is not None
        for name in TARGETS:
            assert list(one.quantiles[name]) == ["0.1", "0.5", "0.9"]
            assert list(one.quantiles[name].values()) == sorted(one.quantiles[name].values())
            assert one.values[name] == one.quantiles[name]["0.5"]


def test_csv_has_a_column_for_each_number(client: FlaskClient, model_id: str):
    answer = client.post(
        "/v1/models/both/predict",
        data="area,garden\nnorth,true\nsouth,false\n",
        content_type="text/csv",
        headers={"Accept": "text/csv"},
    )
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    expected = client.post("/v1/models/both/predict", json={"rows": [ONE]}).get_json()["predictions"][0]
    assert [float(lines[0][f"value_{name}"]) for name in TARGETS] == [*expected["values"].values()]
    assert float(lines[0]["quantile_price_0.9"]) == expected["quantiles"]["price"]["0.9"]
    assert len(lines) == 2


def test_the_model_says_what_it_predicts_and_what_does_not_apply(client: FlaskClient, model_id: str):
    model = ModelResponse.model_validate(get_json(client, ""))
    assert (model.target, tuple(model.targets)) == (None, TARGETS)
    assert model.unavailable.keys() == {"trace"}
    assert "several targets" in model.unavailable["trace"]


def test_mistakes_name_the_target_that_is_off_most(client: FlaskClient, model_id: str):
    mistakes = MistakesResponse.model_validate(get_json(client, "/mistakes?split=all&limit=100"))

    rows = list(csv.DictReader(io.StringIO(csv_of_houses().decode())))
    assert {mistake.target for mistake in mistakes.data} == {*TARGETS}
    spread = {name: np.std([float(row[name]) for row in rows]) for name in TARGETS}
    for mistake in mistakes.data[:10]:
        assert mistake.target is not None
        for one in (mistake, *mistake.nearest):
            assert one.expected == pytest.approx(float(rows[one.row - 1][mistake.target]))
            assert one.given.keys() == {"area", "garden", "dear"}
        answer = client.post("/v1/models/both/predict", json={name: mistake.given[name] for name in ONE})
        values = answer.get_json()["predictions"][0]["values"]
        assert mistake.predicted == pytest.approx(values[mistake.target], rel=1e-5)
        off = {name: abs(values[name] - float(rows[mistake.row - 1][name])) / spread[name] for name in TARGETS}
        assert off[mistake.target] == pytest.approx(max(off.values()), rel=0.1)


def test_each_target_is_evaluated_and_explained(client: FlaskClient, model_id: str):
    evaluation = get_json(client, "/evaluation")
    assert [of["target"] for of in evaluation["targets"]] == [*TARGETS]
    assert evaluation["residuals"] is None
    assert {"rmse", "rmse_price", "pinball_sqft", "coverage"} <= evaluation["metrics"].keys()
    assert get_json(client, "/importance")["columns"]

    explained: dict[str, Any] = {}
    for name in TARGETS:
        body = {"rows": [ONE], "target": name}
        (explained[name],) = client.post("/v1/models/both/explain", json=body).get_json()["explanations"]
    predicted = client.post("/v1/models/both/predict", json=ONE).get_json()["predictions"][0]
    assert {name: one["output"] for name, one in explained.items()} == pytest.approx(predicted["values"])
    assert all(one["target"] == name and one["predicted"] == one["output"] for name, one in explained.items())
    dependence = get_json(client, "/partial-dependence?column=garden&target=price")
    assert dependence["target"] == "price"
    (error,) = get_json(client, "/partial-dependence?column=garden&target=rent", 422)["errors"]
    assert (error["pointer"], error["code"]) == ("?target", "unknown_target")
