"""Predictions with intervals and sets over HTTP, in JSON and CSV, and refusals that say what is needed."""

import csv
import io
from functools import cache
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.responses import PredictedClass, PredictedValue, PredictionResponse
from learning.data.prepare import prepare
from learning.data.split_spec import SplitSpec
from learning.insight.conformal import fit_conformal_scores
from learning.model import Model, create_model
from learning.nn.layers import Dense
from learning.tasks.regression import RegressionTarget
from tests.unit.service.factories import add_model, csv_of_houses, fit_net, houses, train_model

FEATURES = ["sqft", "area", "garden"]


def list_rows(count: int, names: list[str] = FEATURES) -> list[dict[str, Any]]:
    """The first houses, without their targets."""
    frame = houses()
    return [{name: frame.column(name).cell(row) for name in names} for row in range(count)]


@cache
def train_calibrated(target: str, *others: str, test: float = 0.25) -> Model:
    targets = (target, *others)
    features = [name for name in FEATURES if name not in targets]
    prepared = prepare(houses(), target=targets, features=features, split=SplitSpec(test=test))
    net = fit_net(prepared, [Dense(units=4)], epochs=5)
    return create_model(prepared, net, fit_conformal_scores(prepared, net))


@pytest.fixture
def models(app: Flask) -> None:
    add_model(app, train_calibrated("price"), "houses")
    add_model(app, train_calibrated("dear"), "dear")
    add_model(app, train_calibrated("price", "sqft"), "both", targets=["price", "sqft"])
    add_model(app, train_calibrated("price", test=0.05), "few")
    add_model(app, train_model("price"), "earlier")


def ask(client: FlaskClient, name: str, query: str, *, rows: int = 40, status: int = 200) -> Any:
    names = [name for name in FEATURES if name != "sqft"] if name == "both" else FEATURES
    response = client.post(f"/v1/models/{name}/predict?{query}", json={"rows": list_rows(rows, names)})
    assert response.status_code == status, response.text
    return response.get_json()


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("rows", [1, 40])
def test_numbers_have_an_interval_around_the_value(client: FlaskClient, rows: int) -> None:
    answer = ask(client, "houses", "interval=0.8", rows=rows)

    target = train_calibrated("price").header.output
    assert isinstance(target, RegressionTarget)
    threshold = float(train_calibrated("price").header.calibration.find_thresholds(0.8)[0])
    half = threshold * float(target.scales[0])
    found = PredictionResponse.model_validate(answer)
    assert len(found.predictions) == rows
    for each in found.predictions:
        assert isinstance(each, PredictedValue)
        assert each.interval is not None
        np.testing.assert_allclose([each.interval.low, each.interval.high], [each.value - half, each.value + half])
    assert found.coverage is not None
    assert (found.coverage.promised, found.coverage.rows, found.coverage.source) == (0.8, 30, "test")
    assert found.coverage.exchangeable
    assert "30 of the test split" in found.coverage.detail


@pytest.mark.usefixtures("models")
def test_more_coverage_is_wider_and_none_is_as_it_was(client: FlaskClient) -> None:
    def widths(query: str) -> list[float]:
        predictions = ask(client, "houses", query)["predictions"]
        return [each["interval"]["high"] - each["interval"]["low"] for each in predictions]

    assert all(narrow <= wide for narrow, wide in zip(widths("interval=0.5"), widths("interval=0.95"), strict=True))
    plain = ask(client, "houses", "")
    assert set(plain["predictions"][0]) == {"value"}
    assert "coverage" not in plain


@pytest.mark.usefixtures("models")
def test_classes_have_a_set_with_the_most_probable_one(client: FlaskClient) -> None:
    found = PredictionResponse.model_validate(ask(client, "dear", "interval=0.9"))

    for each in found.predictions:
        assert isinstance(each, PredictedClass)
        assert each.set is not None
        assert each.label in each.set
        assert set(each.set) <= {"no", "yes"}


@pytest.mark.usefixtures("models")
def test_each_of_several_targets_has_its_own_interval(client: FlaskClient) -> None:
    row = ask(client, "both", "interval=0.8", rows=3)["predictions"][0]

    assert list(row["interval"]) == ["price", "sqft"]
    for name, interval in row["interval"].items():
        assert interval["low"] < row["values"][name] < interval["high"]


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("name", ["houses", "dear"])
def test_csv_has_the_same_bounds(client: FlaskClient, name: str) -> None:
    expected = ask(client, name, "interval=0.8", rows=120)["predictions"]
    answer = client.post(
        f"/v1/models/{name}/predict?interval=0.8",
        data=csv_of_houses(),
        content_type="text/csv",
        headers={"Accept": "text/csv"},
    )
    assert answer.status_code == 200, answer.text
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(lines) == len(expected)
    for line, row in zip(lines, expected, strict=True):
        if name == "houses":
            assert (float(line["low"]), float(line["high"])) == (row["interval"]["low"], row["interval"]["high"])
        else:
            assert [label for label in ("no", "yes") if line[f"in_set_{label}"] == "true"] == row["set"]


@pytest.mark.usefixtures("models")
def test_rows_with_faults_have_neither_prediction_nor_interval(client: FlaskClient) -> None:
    rows = [{"sqft": "large", "area": "north", "garden": True}, *list_rows(1)]
    url = "/v1/models/houses/predict?interval=0.8&bad_rows=skip"
    answer = client.post(url, json={"rows": rows}).get_json()
    assert answer["predictions"][0] is None
    assert answer["predictions"][1]["interval"]
    text = client.post(url, json={"rows": rows}, headers={"Accept": "text/csv"}).text
    assert text.splitlines()[1].startswith(",,,")


@pytest.mark.usefixtures("models")
def test_what_cannot_be_promised_is_refused_with_the_rows_that_are_needed(client: FlaskClient) -> None:
    few = ask(client, "few", "interval=0.9", status=422)
    assert few["type"] == "/problems/no-coverage"
    assert "needs 9 rows" in few["detail"]
    assert "there are 6" in few["detail"]
    assert ask(client, "few", "interval=0.8")["coverage"]["rows"] == 6
    earlier = ask(client, "earlier", "interval=0.9", status=422)
    assert earlier["type"] == "/problems/no-coverage"
    assert "Train again" in earlier["detail"]


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("level", ["0", "1", "-0.5", "1.5", "nan", "inf", "much", "", "0.9999999999999999", "1e-300"])
def test_hostile_levels_are_refused_or_answered(client: FlaskClient, level: str) -> None:
    response = client.post(f"/v1/models/houses/predict?interval={level}", json=list_rows(1))
    assert response.status_code in ({200, 422} if level == "1e-300" else {422}), response.text
