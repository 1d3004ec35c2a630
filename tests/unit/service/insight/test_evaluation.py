"""Evaluation over HTTP: the worker's stored evaluation, mistakes, and evaluation on another dataset."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.evaluation import EvaluationResponse
from contract.model_insight import MistakesResponse
from learning.frame import NumericColumn
from tests.unit.service.factories import add_dataset, add_model, csv_of_houses, houses, insight, train_model, train_net


@pytest.fixture
def model_ids(app: Flask) -> dict[str, str]:
    """The models `price` and `dear`, with what was found out about them, and `old`, of which nothing was."""
    made = {target: add_model(app, train_model(target), target, insight(target)) for target in ("price", "dear")}
    return {**made, "old": add_model(app, train_model("price"), "old")}


@pytest.fixture
def upload(client: FlaskClient) -> Callable[[str], str]:
    """Uploads a table; answers its id."""

    def upload(text: str) -> str:
        answer = client.post("/v1/datasets", data=text.encode(), content_type="text/csv")
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["id"])

    return upload


def get_json(client: FlaskClient, path: str, status: int = 200) -> dict[str, Any]:
    answer = client.get(f"/v1/models/{path}")
    assert answer.status_code == status, answer.text
    return answer.get_json()


def evaluate_model(client: FlaskClient, ref: str, dataset_id: str, status: int = 200) -> dict[str, Any]:
    answer = client.post(f"/v1/models/{ref}/evaluate", json={"dataset_id": dataset_id})
    assert answer.status_code == status, answer.text
    return answer.get_json()


def test_a_classifier_is_evaluated_on_its_validation_rows(client: FlaskClient, model_ids: dict[str, str]) -> None:
    evaluation = EvaluationResponse.model_validate(get_json(client, "dear/evaluation"))

    assert (evaluation.model_id, evaluation.split, evaluation.rows, evaluation.task) == (
        model_ids["dear"],
        "validation",
        24,
        "classification",
    )
    assert evaluation.labels == ["no", "yes"]
    assert evaluation.confusion is not None
    assert evaluation.classes is not None
    assert [c.support for c in evaluation.classes] == [sum(row) for row in evaluation.confusion]
    assert evaluation.metrics["accuracy"] == (evaluation.confusion[0][0] + evaluation.confusion[1][1]) / 24
    assert evaluation.residuals is None


def test_a_model_of_numbers_is_evaluated_in_their_units(client: FlaskClient, model_ids: dict[str, str]) -> None:
    raw = get_json(client, "price/evaluation?split=validation")
    prepared, _ = train_net("price")
    price = houses()["price"]
    assert isinstance(price, NumericColumn)
    expected = price.values[prepared.rows.validation]
    predicted = train_model("price").predict(houses().take(prepared.rows.validation))[0].numbers[:, 0]

    assert raw["residuals"]["mean"] == pytest.approx(float((expected - predicted).mean()), abs=1e-3)
    assert raw["metrics"]["mae"] == pytest.approx(float(np.abs(expected - predicted).mean()), rel=1e-4)
    assert raw["naive"]["mae"] > raw["metrics"]["mae"]
    assert set(raw["residuals"]["histogram"][0]) == {"from", "to", "rows"}
    assert raw["confusion"] is raw["roc"] is None


def test_a_split_without_rows_has_no_evaluation(client: FlaskClient, model_ids: dict[str, str]) -> None:
    problem = get_json(client, "dear/evaluation?split=test", 409)

    assert problem["type"] == "/problems/no-insight"
    assert "split.test" in problem["detail"]


@pytest.mark.parametrize(
    "path",
    ["evaluation", "mistakes", "importance", "partial-dependence?column=sqft"],
)
def test_a_model_without_insights_has_no_evaluation(client: FlaskClient, model_ids: dict[str, str], path: str) -> None:
    problem = get_json(client, f"old/{path}", 409)

    assert problem["type"] == "/problems/no-insight"
    assert "Train again" in problem["detail"]


def test_mistakes_name_the_line_of_the_uploaded_file(client: FlaskClient, model_ids: dict[str, str]) -> None:
    mistakes = MistakesResponse.model_validate(get_json(client, "price/mistakes?split=all&limit=100"))
    lines = csv_of_houses().decode().splitlines()

    assert len(mistakes.data) == 100
    assert mistakes.has_more
    for mistake in mistakes.data:
        for row in (mistake, *mistake.nearest):
            sqft, area, garden, price, dear = lines[(row.line or 0) - 1].split(",")
            assert row.row == (row.line or 0) - 1
            assert row.given == {
                "sqft": pytest.approx(float(sqft)),
                "area": area,
                "garden": garden == "true",
                "dear": dear == "yes",
            }
            assert row.expected == pytest.approx(float(price))
    assert [mistake.score for mistake in mistakes.data] == sorted(
        (mistake.score for mistake in mistakes.data), reverse=True
    )


def test_mistakes_belong_to_the_requested_split_and_respect_the_limit(
    client: FlaskClient, model_ids: dict[str, str]
) -> None:
    worst = get_json(client, "dear/mistakes?limit=5")
    train = get_json(client, "dear/mistakes?kind=uncertain&split=train")

    assert [row["split"] for row in worst["data"]] == ["validation"] * 5
    assert worst["has_more"]
    assert {row["split"] for row in train["data"]} == {"train"}
    assert len(train["data"]) == 20
    for row in worst["data"]:
        assert row["expected"] in {"no", "yes"}
        assert row["confidence"] == row["probabilities"][row["predicted"]] >= 0.5
        assert len(row["nearest"]) == 3
    assert get_json(client, "dear/mistakes?split=test") == {"object": "list", "data": [], "has_more": False}


def test_rows_behind_a_cell_are_those_that_the_matrix_counts(client: FlaskClient, model_ids: dict[str, str]) -> None:
    counts = get_json(client, "dear/evaluation")["confusion"]
    lines = csv_of_houses().decode().splitlines()

    for i, actual in enumerate(("no", "yes")):
        for j, predicted in enumerate(("no", "yes")):
            found = get_json(client, f"dear/confusion?actual={actual}&predicted={predicted}&limit=100")
            assert len(found["data"]) == counts[i][j]
            assert {lines[row["row"]].split(",")[-1] for row in found["data"]} <= {actual}
            assert all(row["confidence"] >= 0.5 for row in found["data"])
    first = get_json(client, "dear/confusion?actual=no&predicted=no&limit=1")
    assert first["has_more"]
    assert (
        min(row["confidence"] for row in get_json(client, "dear/confusion?actual=no&predicted=no")["data"])
        == (first["data"][0]["confidence"])
    )


def test_cells_are_of_classes_that_there_are(client: FlaskClient, model_ids: dict[str, str]) -> None:
    unknown = get_json(client, "dear/confusion?actual=no&predicted=never", 422)
    numbers = get_json(client, "price/confusion?actual=no&predicted=yes", 422)

    assert unknown["errors"][0]["pointer"] == "?predicted"
    assert "no, yes" in unknown["detail"]
    assert numbers["type"] == "/problems/not-for-task"
    assert get_json(client, "dear/confusion?actual=no&predicted=yes&split=test", 409)["type"] == "/problems/no-insight"


def test_a_dataset_is_evaluated_as_the_training_rows_were(
    client: FlaskClient, model_ids: dict[str, str], upload: Callable[[str], str]
) -> None:
    dataset = upload(csv_of_houses().decode().replace("price", "euros").replace("dear", "price", 1))
    whole = evaluate_model(client, "dear", upload(csv_of_houses().decode()))
    assert whole["metrics"]["accuracy"] > 0.5
    assert evaluate_model(client, "price", dataset, 422)["errors"][0]["code"] == "unfit_column"

    prepared, _ = train_net("price")
    lines = csv_of_houses().decode().splitlines()
    kept_back = "\n".join([lines[0], *(lines[number + 1] for number in prepared.rows.validation), ""])
    evaluation = evaluate_model(client, "price", upload(kept_back))

    before = get_json(client, "price/evaluation")
    assert evaluation["split"] == "dataset"
    assert evaluation["warnings"] == []
    assert evaluation["rows"] == before["rows"]
    assert evaluation["metrics"] == pytest.approx(before["metrics"], rel=1e-4)
    assert evaluation["naive"] == pytest.approx(before["naive"], rel=1e-4)


def test_rows_without_a_target_are_excluded_and_counted(
    client: FlaskClient, model_ids: dict[str, str], upload: Callable[[str], str]
) -> None:
    rows = [f"{600 + number},north,true,{60 + number}" for number in range(9)]
    evaluation = evaluate_model(
        client, "price", upload("\n".join(["sqft,area,garden,price", *rows, "700,south,false,", ""]))
    )

    assert evaluation["rows"] == 9
    assert evaluation["warnings"] == ["1 row was left out: the target 'price' is missing."]


def test_a_large_dataset_is_evaluated_on_its_first_rows(
    client: FlaskClient, model_ids: dict[str, str], upload: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.insight.evaluation.MAX_ROWS", 50)

    evaluation = evaluate_model(client, "price", upload(csv_of_houses().decode()))

    assert evaluation["rows"] == 50
    assert evaluation["warnings"] == ["These are the first 50 rows of 120."]


def test_a_dataset_that_does_not_fit_is_refused(
    app: Flask, client: FlaskClient, model_ids: dict[str, str], upload: Callable[[str], str]
) -> None:
    lacking = evaluate_model(client, "price", upload("area,price\nnorth,1\nsouth,2\n"), 422)
    assert [error["detail"] for error in lacking["errors"]] == ["has no column 'sqft'", "has no column 'garden'"]
    other_type = evaluate_model(
        client, "price", upload("sqft,area,garden,price\nbig,north,true,1\nsmall,south,false,2\n"), 422
    )
    assert "'sqft'" in other_type["detail"]
    nothing = evaluate_model(
        client, "price", upload("sqft,area,garden,price\n" + "700,north,true,\n800,south,false,\n"), 422
    )
    assert nothing["errors"][0]["code"] in {"no_target", "unfit_column"}

    unread = add_dataset(app, ready=False)
    assert evaluate_model(client, "price", unread, 409)["type"] == "/problems/dataset-not-ready"
    anothers = add_dataset(app, owner="ann")
    assert evaluate_model(client, "price", anothers, 404)["type"] == "/problems/not-found"
