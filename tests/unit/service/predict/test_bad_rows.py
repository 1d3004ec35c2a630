"""Rows that do not quite fit: columns that the model has not, indexes of pandas, and cells that cannot be read."""

import csv
import io
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.unit.service.factories import add_model, train_model

GOOD = {"sqft": 1200, "area": "north", "garden": True}


@pytest.fixture(autouse=True)
def models(app: Flask) -> None:
    """The models `houses`, of a price, and `dear`, of a class."""
    add_model(app, train_model("price"), "houses")
    add_model(app, train_model("dear"), "dear")


def predict(
    client: FlaskClient, body: Any, query: str = "", ref: str = "houses", accept: str = "application/json"
) -> Any:
    is_csv = isinstance(body, str)
    response = client.post(
        f"/v1/models/{ref}/predict{query}",
        data=body if is_csv else json.dumps(body),
        content_type="text/csv" if is_csv else "application/json",
        headers={"Accept": accept},
    )
    return response.json if response.is_json or response.status_code != 200 else response.get_data(as_text=True)


def test_columns_that_the_model_has_not_are_refused_or_passed_over(client: FlaskClient) -> None:
    more = {**GOOD, "floor": 3}
    for body in (more, {"rows": [more]}, [more], "sqft,area,garden,floor\n1200,north,yes,3\n"):
        refused = predict(client, body)
        (error,) = refused["errors"]
        assert (error["code"], error["pointer"].rpartition("/")[2]) == ("unknown_column", "floor")
        assert "?unknown=ignore" in error["detail"]
        assert predict(client, body, "?unknown=ignore")["predictions"] == predict(client, GOOD)["predictions"]


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "__index_level_0__"])
def test_an_index_without_a_name_is_passed_over(client: FlaskClient, name: str) -> None:
    rows = ["1200,north,yes", "800,south,no", "900,north,no"]
    plain = predict(client, "\n".join(["sqft,area,garden", *rows]))
    for numbers in ((0, 1, 2), (57, 3, 12)):
        numbered = "\n".join(
            [f"{name},sqft,area,garden", *(f"{n},{row}" for n, row in zip(numbers, rows, strict=True))]
        )
        assert predict(client, numbered) == plain
    words = "\n".join([f"{name},sqft,area,garden", *(f"x{row},{row}" for row in rows)])
    assert predict(client, words)["status"] == 422


def test_a_list_of_rows_is_taken_and_its_faults_are_pointed_at(client: FlaskClient) -> None:
    assert predict(client, [GOOD, GOOD]) == predict(client, {"rows": [GOOD, GOOD]})
    assert predict(client, [])["errors"][0]["pointer"] == "#"
    assert predict(client, [GOOD, {"sqft": "many"}])["errors"][0]["pointer"] == "#/1/sqft"
    assert predict(client, [GOOD, 3])["errors"][0]["pointer"] == "#/1"


def test_a_name_may_be_written_as_in_the_file_that_was_learned_from(client: FlaskClient) -> None:
    for row in (
        {" sqft ": 1200, "area": "north", "garden": True},
        {"sq\u200bft": 1200, "area\n": "north", "garden": True},
    ):
        assert predict(client, row)["predictions"] == predict(client, GOOD)["predictions"]
    twice = predict(client, {**GOOD, "sqft ": 3})
    assert [error["suggestion"] for error in twice["errors"]] == ["sqft"]


BAD = [
    {"sqft": "many", "area": "north", "garden": True},
    GOOD,
    {"sqft": 900, "area": ["north"], "garden": "perhaps"},
    {"sqft": 900, "area": "south", "garden": False},
    {"sqft": "many", "area": "south", "garden": False},
]


@pytest.mark.parametrize("ref", ["houses", "dear"])
@pytest.mark.parametrize("wrap", [lambda rows: {"rows": rows}, lambda rows: rows])
def test_bad_rows_are_skipped_and_named_and_the_others_answered(client: FlaskClient, ref: str, wrap: Any) -> None:
    answer = predict(client, wrap(BAD), "?bad_rows=skip", ref)

    expected = predict(client, [BAD[1], BAD[3]], ref=ref)["predictions"]
    assert [row for row, prediction in enumerate(answer["predictions"]) if prediction is None] == [0, 2, 4]
    assert answer["predictions"][1].keys() == expected[0].keys()
    values = [answer["predictions"][row].get("value", 0) for row in (1, 3)]
    assert values == pytest.approx([one.get("value", 0) for one in expected], rel=1e-5)
    assert [(error["row"], error["column"], error["code"], error["value"]) for error in answer["errors"]] == [
        (0, "sqft", "not_a_number", "many"),
        (2, "area", "not_text", '["north"]'),
        (2, "garden", "not_a_boolean", "perhaps"),
        (4, "sqft", "not_a_number", "many"),
    ]
    assert predict(client, wrap(BAD), ref=ref)["status"] == 422


@pytest.mark.parametrize("ref", ["houses", "dear"])
def test_bad_rows_of_csv_are_skipped_in_both_answers(client: FlaskClient, ref: str) -> None:
    text = "sqft,area,garden\n1200,north,yes\nmany,south,no\n900,north\n1,2,3,4,5,6,7\n800,south,no\nmany,south,no\n"
    answer = predict(client, text, "?bad_rows=skip", ref)
    table = list(csv.reader(io.StringIO(predict(client, text, "?bad_rows=skip", ref, "text/csv"))))

    skipped = [row for row, prediction in enumerate(answer["predictions"]) if prediction is None]
    assert {error["row"] for error in answer["errors"]} == set(skipped) >= {1, 3, 5}
    assert len(answer["predictions"]) == 6
    assert not {warning["row"] for warning in answer["warnings"]} & set(skipped)
    header, *lines = table
    assert len(lines) == 6
    for row, line in enumerate(lines):
        assert len(line) == len(header)
        assert (line[:-1] == [""] * (len(header) - 1)) == (row in skipped)
        if row in skipped:
            assert line[-1]
    assert lines[1][-1] == "sqft: must be a number"


def test_columns_that_are_unknown_are_no_bad_rows(client: FlaskClient) -> None:
    assert predict(client, {**GOOD, "floor": 3}, "?bad_rows=skip")["status"] == 422
    answer = predict(client, {**GOOD, "floor": 3}, "?bad_rows=skip&unknown=ignore")
    assert (len(answer["predictions"]), answer["errors"]) == (1, [])
    wrong = predict(client, GOOD, "?bad_rows=drop")
    assert wrong["errors"][0]["pointer"] == "?bad_rows"
