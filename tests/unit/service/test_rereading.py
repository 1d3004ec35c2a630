"""A smaller file of the columns that a model learned from: evaluated and learned from as the model reads."""

import random
from typing import Any

import pytest

from tests.journeys import Journey


def rows_of(count: int, *, plain: bool) -> bytes:
    """Houses; plain ones have numeric zips, days that may be months, and no decimal comma."""
    draw, lines = random.Random(2), ["zip;built;size;price"]
    for number in range(count):
        size = draw.randint(40, 99)
        zip_code = "1234" if plain else f"0{draw.randint(1000, 1005)}"
        built = f"{number % 12 + 1}/3/2019" if plain else f"{number % 12 + 1}/{number % 28 + 1}/2019"
        lines.append(f"{zip_code};{built};{size if plain else f'{size},5'};{size * 3}")
    return "\n".join(lines).encode()


@pytest.fixture
def zip_model(journey: Journey) -> dict[str, Any]:
    dataset = journey.upload(rows_of(120, plain=False), name="zip_model.csv", types='{"zip":"categorical"}')
    types = {column["name"]: column["type"] for column in dataset["columns"]}
    assert types == {"zip": "categorical", "built": "datetime", "size": "numeric", "price": "numeric"}
    job = journey.train(dataset, "price", "houses")
    assert job["status"] == "succeeded", job["error"]
    return dataset


def test_a_smaller_file_that_looks_otherwise_is_read_as_the_model_reads(
    journey: Journey, zip_model: dict[str, Any]
) -> None:
    smaller = journey.upload(rows_of(30, plain=True), name="smaller.csv")
    types = {column["name"]: column["type"] for column in smaller["columns"]}
    assert types["zip"] == "numeric"

    evaluation = journey.post("/v1/models/houses/evaluate", {"dataset_id": smaller["id"]})
    assert (evaluation["rows"], evaluation["warnings"]) == (30, [])
    job = journey.train(smaller, "price", "later", start_from={"model": "houses"})

    assert (job["status"], job["error"]) == ("succeeded", None)
    before, after = (journey.get(f"/v1/models/{name}")["inputs"] for name in ("houses", "later"))
    assert before == after


def test_what_really_differs_is_named_in_words_of_the_api(journey: Journey, zip_model: dict[str, Any]) -> None:
    words = rows_of(60, plain=False).decode().splitlines()
    other = [words[0], *(";".join([*line.split(";")[:2], "large", line.split(";")[3]]) for line in words[1:])]
    dataset = journey.upload("\n".join(other).encode(), name="other.csv")

    refused = journey.client.post("/v1/models/houses/evaluate", json={"dataset_id": dataset["id"]})
    assert refused.status_code == 422
    job = journey.train(dataset, "price", "later", start_from={"model": "houses"})
    assert job["status"] == "failed"
    for detail in (refused.json["errors"][0]["detail"], job["error"]["detail"]):
        assert "Column 'size' is categorical in the dataset and numeric in the model" in detail
        assert "60 of its 60 cells" in detail
        assert "'large'" in detail
        assert "Column(" not in detail
        assert "CategoricalColumn" not in detail


def test_a_few_cells_that_cannot_be_read_so_are_counted(journey: Journey, zip_model: dict[str, Any]) -> None:
    lines = rows_of(60, plain=False).decode().splitlines()
    lines[1:] = [line.replace("/2019", "/2019 or so") if place < 9 else line for place, line in enumerate(lines[1:])]
    dataset = journey.upload("\n".join(lines).encode(), name="few.csv")
    assert next(column for column in dataset["columns"] if column["name"] == "built")["type"] != "datetime"

    evaluation = journey.post("/v1/models/houses/evaluate", {"dataset_id": dataset["id"]})
    assert len(evaluation["warnings"]) == 1
    assert evaluation["warnings"][0].startswith("9 of 60 cells of 'built' are no datetime values, such as ")


def test_a_missing_column_is_named(journey: Journey, zip_model: dict[str, Any]) -> None:
    lines = [line.split(";", 1)[1] for line in rows_of(60, plain=False).decode().splitlines()]
    dataset = journey.upload("\n".join(lines).encode(), name="less.csv")

    refused = journey.client.post("/v1/models/houses/evaluate", json={"dataset_id": dataset["id"]})
    assert refused.json["errors"][0]["detail"] == "has no column 'zip'"


def test_another_writing_of_the_same_type_is_named_with_the_sign_that_differs(
    journey: Journey, zip_model: dict[str, Any]
) -> None:
    lines = rows_of(30, plain=False).decode().replace(",5;", ".5;").encode()
    dataset = journey.upload(lines, name="points.csv")

    refused = journey.client.post("/v1/models/houses/evaluate", json={"dataset_id": dataset["id"]})

    detail = refused.json["errors"][0]["detail"]
    assert "Column 'size' is written otherwise than what the model learned from" in detail
    assert "30 of its 30 cells" in detail
    assert "which has a decimal point, and the column a decimal comma" in detail


def test_a_form_shows_times_of_day_as_times_and_they_can_be_sent(journey: Journey) -> None:
    lines = [f"{hour % 24}:{hour * 7 % 60:02},{hour}" for hour in range(6, 40)]
    dataset = journey.upload("\n".join(["at,y", *lines]).encode(), name="times.csv")
    journey.train(dataset, "y", "times")

    schema = journey.get("/v1/models/times/schema")

    at, (example,) = schema["properties"]["at"], schema["examples"]
    assert "format" not in at
    assert at["description"].startswith("From 00:")
    assert len(example["at"]) == len("18:30:00")
    assert journey.post("/v1/models/times/predict", example)["predictions"]
