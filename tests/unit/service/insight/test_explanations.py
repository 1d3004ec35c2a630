"""Explanations over HTTP: contributions, feature importance and partial dependence."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.model_insight import DependenceResponse, ExplanationResponse, ImportanceResponse
from tests.unit.service.factories import add_model, houses, insight, train_model

ONE = {"sqft": 1200, "area": "north", "garden": True}


@pytest.fixture
def model_ids(app: Flask) -> dict[str, str]:
    """The models `price` and `dear`, with what was found out about them, and `old`, of which nothing was."""
    made = {target: add_model(app, train_model(target), target, insight(target)) for target in ("price", "dear")}
    return {**made, "old": add_model(app, train_model("price"), "old")}


def explain_rows(client: FlaskClient, ref: str, body: Any) -> ExplanationResponse:
    answer = client.post(f"/v1/models/{ref}/explain", json=body)
    assert answer.status_code == 200, answer.text
    return ExplanationResponse.model_validate_json(answer.data)


def errors(client: FlaskClient, body: Any, ref: str = "price") -> list[tuple[str, str]]:
    answer = client.post(f"/v1/models/{ref}/explain", json=body)
    assert answer.status_code == 422, answer.text
    return [(error["pointer"], error["code"]) for error in answer.get_json()["errors"]]


def test_contributions_lead_from_the_average_row_to_the_prediction(
    client: FlaskClient, model_ids: dict[str, str]
) -> None:
    rows = [ONE, {"sqft": 2900, "area": "south"}]
    explanation = explain_rows(client, "price", {"rows": rows})
    predicted = client.post("/v1/models/price/predict", json={"rows": rows}).get_json()["predictions"]

    assert (explanation.model_id, explanation.name, explanation.version) == (model_ids["price"], "price", 1)
    for one, prediction in zip(explanation.explanations, predicted, strict=True):
        assert one.predicted == one.output == prediction["value"]
        assert one.label is None
        moved = sum(part.contribution for part in one.contributions)
        assert moved == pytest.approx(one.output - one.baseline_output, abs=one.misses_by + 1e-3)
        sizes = [abs(part.contribution) for part in one.contributions]
        assert sizes == sorted(sizes, reverse=True)
        assert one.contributions[0].column == "sqft"
    given = [{part.column: part.value for part in one.contributions} for one in explanation.explanations]
    assert given == [ONE, {"sqft": 2900, "area": "south", "garden": None}]
    assert (
        explanation.explanations[0].contributions[0].contribution
        < 0
        < explanation.explanations[1].contributions[0].contribution
    )


def test_the_predicted_class_is_explained_unless_another_is_named(
    client: FlaskClient, model_ids: dict[str, str]
) -> None:
    (bare,) = explain_rows(client, "dear", ONE).explanations
    (other,) = explain_rows(client, "dear", {"rows": [ONE], "label": "yes"}).explanations
    predictions = client.post("/v1/models/dear/predict", json=ONE).get_json()["predictions"][0]

    assert bare.predicted == bare.label == predictions["label"] == "no"
    assert (other.predicted, other.label) == ("no", "yes")
    assert bare.output == pytest.approx(predictions["probabilities"]["no"])
    assert other.output == pytest.approx(predictions["probabilities"]["yes"])
    for one, opposite in zip(bare.contributions, other.contributions, strict=True):
        assert one.contribution == pytest.approx(-opposite.contribution, abs=1e-5)


def test_no_rows_have_no_explanations(client: FlaskClient, model_ids: dict[str, str]) -> None:
    assert explain_rows(client, "price", {"rows": []}).explanations == []


def test_wrong_rows_are_refused_as_by_predict(client: FlaskClient, model_ids: dict[str, str]) -> None:
    for body in ({"rows": [ONE, {"sqtf": 1}]}, {"sqft": "large"}, {"rows": 3}, {"rows": [[1]]}, [1], {"sqft": [1]}):
        predicted = client.post("/v1/models/price/predict", json=body)
        assert predicted.status_code == 422
        explained = client.post("/v1/models/price/explain", json=body)
        places = [
            [(error["pointer"], error["code"]) for error in answer.get_json()["errors"]]
            for answer in (predicted, explained)
        ]
        assert places[0] == places[1]
    assert client.post("/v1/models/price/explain", data=b"{", content_type="application/json").status_code == 400


def test_too_many_rows_and_wrong_classes_are_refused(client: FlaskClient, model_ids: dict[str, str]) -> None:
    assert errors(client, {"rows": [ONE] * 101}) == [("#/rows", "too_long")]
    assert errors(client, {"rows": [ONE], "label": "yes"}) == [("#/label", "no_classes")]
    assert errors(client, {"rows": [], "label": "yes"}) == [("#/label", "no_classes")]
    assert errors(client, {"rows": [ONE], "label": "perhaps"}, "dear") == [("#/label", "unknown_class")]
    assert errors(client, {"rows": [ONE], "label": 1}, "dear") == [("#/label", "string_type")]
    assert errors(client, {"rows": [ONE], "lable": "yes"}, "dear") == [("#/lable", "unknown_field")]


def test_rows_with_too_many_cells_are_not_explained_at_once(
    client: FlaskClient, model_ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.insight.explanations.MAX_CELLS", 8)

    sent = [client.post("/v1/models/price/explain", json={"rows": [{}] * rows}) for rows in (2, 3)]

    assert [response.status_code for response in sent] == [200, 413]
    assert "3 rows" in sent[1].json["detail"]
    assert len(sent[0].json["explanations"]) == 2

    monkeypatch.setattr("service.insight.explanations.MAX_PRODUCTS", 1)
    sent = [client.post("/v1/models/price/explain", json={"rows": [{}] * rows}) for rows in (1, 2)]
    assert [response.status_code for response in sent] == [200, 413]
    assert "2 rows" in sent[1].json["detail"]


def test_without_insight_nothing_can_be_explained(client: FlaskClient, model_ids: dict[str, str]) -> None:
    answer = client.post("/v1/models/old/explain", json=ONE)

    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/no-insight")


def test_columns_are_listed_by_importance(client: FlaskClient, model_ids: dict[str, str]) -> None:
    importance = ImportanceResponse.model_validate_json(client.get("/v1/models/price/importance").data)

    assert (importance.split, importance.rows, importance.metric) == ("validation", 24, "loss")
    assert [column.column for column in importance.columns] == ["sqft", "area", "garden"]
    assert importance.columns[0].importance > 10 * importance.columns[2].importance


def test_partial_dependence_follows_the_table(client: FlaskClient, model_ids: dict[str, str]) -> None:
    sqft = DependenceResponse.model_validate_json(client.get("/v1/models/price/partial-dependence?column=sqft").data)
    area = client.get("/v1/models/price/partial-dependence?column=area").get_json()
    garden = client.get("/v1/models/dear/partial-dependence?column=garden&label=no").get_json()
    dear = client.get("/v1/models/dear/partial-dependence?column=sqft").get_json()

    means = [point.mean for point in sqft.points]
    assert means == sorted(means)
    assert (sqft.column, sqft.label, sqft.rows) == ("sqft", None, 24)
    found = {point["value"]: point["mean"] for point in area["points"]}
    assert found["south"] - found["north"] == pytest.approx(50, abs=25)
    assert [point["value"] for point in garden["points"]] == [False, True]
    assert garden["label"] == "no"
    assert dear["label"] == "yes"
    assert dear["points"][0]["mean"] < 0.1 < 0.9 < dear["points"][-1]["mean"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("", "?column"),
        ("?column=sqtf", "?column"),
        ("?column=price", "?column"),
        ("?column=sqft&label=perhaps", "?label"),
    ],
)
def test_partial_dependence_of_an_unsupported_column_is_refused(
    client: FlaskClient, model_ids: dict[str, str], query: str, pointer: str
) -> None:
    answer = client.get(f"/v1/models/dear/partial-dependence{query}")

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


def test_many_rows_are_explained_in_their_order(client: FlaskClient, model_ids: dict[str, str]) -> None:
    expected = train_model("price").predict(houses())[0].list_predicted()
    sqft, area, garden = (houses()[name] for name in ("sqft", "area", "garden"))
    rows = [
        {"sqft": size, "area": area.categories[code], "garden": bool(green)}  # type: ignore[union-attr]
        for size, code, green in zip(sqft.values, area.codes, garden.values, strict=True)  # type: ignore[union-attr]
    ][:100]

    explanation = explain_rows(client, "price", {"rows": rows})

    assert [one.output for one in explanation.explanations] == pytest.approx(expected[:100])
    assert max(one.misses_by for one in explanation.explanations) < 0.2
