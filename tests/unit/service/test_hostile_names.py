"""Columns of any name: every route that names columns takes and shows them."""

import csv
import io
import json
import random
from typing import Any
from urllib.parse import quote

import pytest

from service.http.strict_json import escape_pointer
from tests.journeys import Journey

NAMES = (
    'screen 15"',
    "back\\slash",
    "\\",
    '"',
    "tab\there",
    "two\nlines",
    "bell\x07",
    "escape\x1b[31m",
    "emoji 😀",
    "__class__",
    "__dict__",
    "__proto__",
    "constructor",
    "rows",
    "row",
    "label",
    "epochs",
    "column0",
    "value",
    "warnings",
    "x" * 256,
    "\u200b",
    "\u00a0",
    "rtl \u202e name",
    "a~b",
    "a/b",
    "~1",
    "a%20b",
    "50%",
    "%s",
    "%b",
    "{{ 7 * 7 }}",
    "{name}",
    "{% raw %}",
    "<script>alert(1)</script>",
    "</script>",
    "a&b",
    "' OR 1=1 --",
    "*",
    "^a$",
    "=1+1",
    "@cmd",
    "-1",
    "0",
    "1e5",
    "a,b",
    "a;b",
    "a=b",
    "#",
    "?x=1",
    "null",
    "true",
    "NaN",
    "الغرف",
    "e\u0301",
    "ﬁ",
    "İ",
    "..",
    "../../etc/passwd",
    "$ref",
    "type",
    "type.googleapis.com",
)
NO_WIDTH = "\u200b"


def hostile_table(rows: int = 60) -> tuple[list[str], list[list[str]]]:
    """A header of all the names, every third column of words, and rows."""
    draw = random.Random(1)
    table = [
        [draw.choice(["red", "blue"]) if place % 3 == 2 else f"{draw.random():.3f}" for place, _ in enumerate(NAMES)]
        for _ in range(rows)
    ]
    return list(NAMES), table


def write_csv(header: list[str], rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode()


@pytest.fixture
def dataset(journey: Journey) -> dict[str, Any]:
    header, rows = hostile_table()
    return journey.upload(write_csv(header, rows), name='a "b" \\ 😀.csv')


def test_every_route_takes_and_shows_any_name(journey: Journey, dataset: dict[str, Any]) -> None:
    header, rows = hostile_table()
    names = [column["name"] for column in dataset["columns"]]
    assert len(set(names)) == len(NAMES)
    for target in ('screen 15"', names[2]):
        job = journey.train(dataset, target, split={"validation": 0.2, "test": 0.2})
        assert job["status"] == "succeeded", job["error"]
        row = dict(zip(names, rows[0], strict=True))
        typed = {name: float(cell) if cell[0].isdigit() else cell for name, cell in row.items()}
        in_file = {name: cell for name, cell in zip(header, rows[0], strict=True) if name.strip(NO_WIDTH).strip()}
        for form in (row, typed, {**typed, names[0]: None}, in_file):
            check_predictions(journey, job["model_id"], form)
        check_views(journey, job, typed)
        check_csv(journey, job["model_id"], write_csv(header, rows), len(rows))
        check_csv(journey, job["model_id"], write_csv(names, rows), len(rows))
        check_refusals(journey, job["model_id"], names, typed, target)


def check_predictions(journey: Journey, model: str, row: dict[str, Any]) -> None:
    (bare,) = journey.post(f"/v1/models/{model}/predict", row)["predictions"]
    for many in ({"rows": [row, row]}, [row, row]):
        for predicted in journey.post(f"/v1/models/{model}/predict", many)["predictions"]:
            assert predicted.get("label") == bare.get("label")
            assert predicted.get("value", 0) == pytest.approx(bare.get("value", 0), rel=1e-3, abs=1e-3)
    explained = journey.post(f"/v1/models/{model}/explain", {"rows": [row]})
    assert explained


def check_csv(journey: Journey, model: str, raw: bytes, rows: int) -> None:
    for accept in ("application/json", "text/csv"):
        response = journey.client.post(
            f"/v1/models/{model}/predict", data=raw, content_type="text/csv", headers={"Accept": accept}
        )
        text = response.get_data(as_text=True)
        assert response.status_code == 200, text
        count = (
            len(json.loads(text)["predictions"])
            if accept.endswith("json")
            else len(list(csv.reader(io.StringIO(text)))) - 1
        )
        assert count == rows


def check_views(journey: Journey, job: dict[str, Any], row: dict[str, Any]) -> None:
    model, dataset = job["model_id"], job["spec"]["dataset_id"]
    inputs = journey.get(f"/v1/models/{model}")["inputs"]
    schema = journey.get(f"/v1/models/{model}/schema")
    assert {column["name"] for column in inputs} <= set(schema["properties"])
    for path in ("", "/rows", "/issues?limit=100"):
        assert journey.get(f"/v1/datasets/{dataset}{path}")
    assert journey.client.get(f"/v1/datasets/{dataset}/content").status_code == 200
    for path in ("evaluation", "evaluation?split=test", "mistakes", "mistakes?split=train", "importance"):
        assert journey.get(f"/v1/models/{model}/{path}")
    for column in inputs:
        path = f"/v1/models/{model}/partial-dependence?column={quote(column['name'], safe='')}"
        assert journey.get(path)["column"] == column["name"]
    assert journey.post(f"/v1/models/{model}/evaluate", {"dataset_id": dataset})
    for path in ("", "/diagnostics", "/epochs", "/layers", "/weights"):
        assert journey.get(f"/v1/jobs/{job['id']}{path}")
    assert journey.post(f"/v1/jobs/{job['id']}/replay", {"rows": [row]})
    assert journey.post(f"/v1/jobs/{job['id']}/replay", row)
    assert journey.post(f"/v1/jobs/{job['id']}/trace", {"row": row, "epoch": "latest"})
    for kind in ("text/html", "text/markdown", "application/json"):
        report = journey.client.get(f"/v1/jobs/{job['id']}/report", headers={"Accept": kind})
        assert report.status_code == 200
        assert "<script>alert" not in report.get_data(as_text=True)
    assert journey.client.get("/metrics").status_code == 200


def check_refusals(journey: Journey, model: str, names: list[str], row: dict[str, Any], target: str) -> None:
    for name in names:
        if name != target and isinstance(row[name], float):
            response = journey.client.post(f"/v1/models/{model}/predict", json={"rows": [{**row, name: "wrong"}]})
            (error,) = response.json["errors"]
            assert (response.status_code, error["pointer"]) == (422, f"#/rows/0/{escape_pointer(name)}")
    for unknown in ("x" * 3000, "a/~b", "\u202e", 'q"q'):
        response = journey.client.post(f"/v1/models/{model}/predict", json={**row, unknown: 1})
        assert response.status_code == 422
        spec = {"dataset_id": "ds_06f4bsa7x5vkn8q2m1w3c9tzre", "target": unknown[:256]}
        assert journey.client.post("/v1/jobs/validate", json=spec).status_code in {200, 404, 422}
