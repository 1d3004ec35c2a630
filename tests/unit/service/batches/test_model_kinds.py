"""Batches of models of every kind: they say what single predictions say, of pictures, texts, ratings and intervals."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.journeys import Journey
from tests.pictures import zip_of
from tests.unit.learning.recommendation.books import BOOKS, train_books
from tests.unit.service.batches.steps import predict, read_rows, submit, upload, work
from tests.unit.service.factories import add_model, csv_of_houses
from tests.unit.service.predict.test_intervals import train_calibrated
from tests.unit.service.predict.test_pictures import paint, train_on_colours


def write_csv(rows: list[dict[str, Any]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def assert_same(rows: list[dict[str, str]], expected: list[dict[str, str]], *, kept: tuple[str, ...] = ()) -> None:
    """Whether a batch says the same as one request, with the line and the columns that were asked for before it."""
    names = [name for name in expected[0] if name != "warnings"]
    assert list(rows[0]) == ["line", *kept, *names]
    for row, single in zip(rows, expected, strict=True):
        for name in names:
            assert row[name] == single[name] or float(row[name]) == pytest.approx(float(single[name]), rel=1e-6), name


@pytest.mark.parametrize(
    ("target", "others"), [("price", ()), ("dear", ()), ("price", ("sqft",))], ids=["numbers", "classes", "several"]
)
def test_intervals_and_sets_are_those_of_single_predictions(
    app: Flask, client: FlaskClient, target: str, others: tuple[str, ...]
) -> None:
    add_model(app, train_calibrated(target, *others), "sure", targets=[target, *others] if others else None)
    houses = csv_of_houses().decode()
    batch = submit(client, "sure", dataset_id=upload(client, houses), interval=0.8)
    work(app)

    rows = read_rows(client, batch)
    assert_same(rows, predict(client, "sure", houses, "?unknown=ignore&interval=0.8"))
    assert any("low" in name or "set" in name for name in rows[0]), list(rows[0])


@pytest.fixture
def colours(app: Flask) -> str:
    add_model(app, train_on_colours(), "colours")
    return "colours"


PICTURES: Mapping[str, bytes] = {
    f"new/{number}.png": paint(("red", "blue")[number % 2], side=30 + number) for number in range(7)
}


def test_pictures_of_an_archive_are_predicted_by_the_names_of_their_files(
    app: Flask, client: FlaskClient, colours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.batches.admission.MAX_PICTURES_PER_BLOCK", 3)
    archive = zip_of({**PICTURES, "new/torn.png": paint("red")[:60], "new/notes.txt": b"notes"})
    batch = submit(client, colours, dataset_id=upload(client, archive, name="new.zip"), columns=["image"])
    work(app)

    assert client.get(f"/v1/batches/{batch['id']}").get_json()["status"] == "succeeded"
    rows = read_rows(client, batch)
    found = {row["image"]: row["label"] for row in rows}
    assert {name: found[name] for name in PICTURES} == {
        name: ("red", "blue")[number % 2] for number, name in enumerate(PICTURES)
    }
    errors = client.get(f"/v1/batches/{batch['id']}/errors").get_json()["data"]
    assert [error["code"] for error in errors if error["action"] == "row_rejected"], errors


def test_a_table_without_pictures_is_refused_to_a_model_of_pictures(client: FlaskClient, colours: str) -> None:
    dataset = upload(client, "image\ncat.png\ndog.png\n")
    answer = client.post(f"/v1/models/{colours}/batches", json={"dataset_id": dataset})

    assert answer.status_code == 422, answer.json


def test_texts_are_read_as_by_single_predictions(app: Flask, journey: Journey) -> None:
    words = ("fine day in town", "rain, again; all day", 'so "good" that it hurts', "näher am Ende", "")
    lines = [{"review": f"{words[row % 5]} {row}" if row % 7 else "", "stars": row % 5} for row in range(120)]
    dataset = journey.upload(write_csv(lines).encode(), types='{"review":"text"}')
    job = journey.train(dataset, "stars", "reviews")
    assert job["status"] == "succeeded", job["error"]
    new = write_csv([{"id": f"r{row}", "review": f"{words[row % 5]}\nand on line {row}"} for row in range(30)])
    batch = submit(journey.client, "reviews", dataset_id=upload(journey.client, new), columns=["id", "review"])
    work(app)

    rows = read_rows(journey.client, batch)
    assert rows[2]["review"] == f"{words[2]}\nand on line 2"
    assert_same(rows, predict(journey.client, "reviews", new), kept=("id", "review"))


@pytest.mark.parametrize("rated", [True, False], ids=["ratings", "choices"])
def test_pairs_of_users_and_items_are_rated(app: Flask, client: FlaskClient, rated: bool) -> None:
    add_model(app, train_books(rated=rated)[0], "books")
    known = list(csv.DictReader(io.StringIO(BOOKS.read_text())))[:40]
    pairs = [{"reader": row["reader"], "book": row["book"]} for row in known]
    pairs += [{"reader": "nobody", "book": pairs[0]["book"]}, {"reader": pairs[0]["reader"], "book": "The Unwritten"}]
    text = write_csv(pairs)
    batch = submit(client, "books", dataset_id=upload(client, text), columns=["reader", "book"])
    work(app)

    assert_same(read_rows(client, batch), predict(client, "books", text), kept=("reader", "book"))
    answer = client.post("/v1/models/books/batches", json={"dataset_id": batch["dataset_id"], "interval": 0.9})
    assert answer.status_code == 422, answer.json


def test_moments_are_kept_as_they_are_written_in_json(app: Flask, journey: Journey) -> None:
    rows = [
        {"day": f"2024-0{1 + row % 9}-1{row % 10}", "at": f"2024-01-02 03:04:{row % 60:02}", "y": row}
        for row in range(60)
    ]
    job = journey.train(journey.upload(write_csv(rows).encode()), "y", "days")
    assert job["status"] == "succeeded", job["error"]
    new = write_csv([{name: cell for name, cell in row.items() if name != "y"} for row in rows[:9]])
    batch = submit(journey.client, "days", dataset_id=upload(journey.client, new), columns=["day", "at"])
    work(app)

    assert_same(read_rows(journey.client, batch), predict(journey.client, "days", new), kept=("day", "at"))
