"""Labels and lists over HTTP: tags and notes, search, orders, curves, and the comparison of models."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.unit.service.factories import add_dataset, add_job, add_model, claim, insight, record, train_model


def get(client: FlaskClient, path: str, status: int = 200) -> dict[str, Any]:
    response = client.get(path)
    assert response.status_code == status, response.text
    return response.get_json()


def change(client: FlaskClient, path: str, status: int = 200, **changes: Any) -> dict[str, Any]:
    response = client.patch(path, json=changes)
    assert response.status_code == status, response.text
    return response.get_json()


def promote(client: FlaskClient, version: int, status: int = 200, **body: Any) -> dict[str, Any]:
    response = client.put("/v1/models/price/aliases/champion", json={"version": version, **body})
    assert response.status_code == status, response.text
    return response.get_json()


def list_ids(client: FlaskClient, path: str) -> list[str]:
    return [item["id"] for item in get(client, path)["data"]]


@pytest.fixture
def versions(app: Flask) -> list[str]:
    """Two versions of `price`, of which the second is as the first."""
    return [add_model(app, train_model("price", seed), "price", insight("price", seed)) for seed in (0, 0)]


def test_jobs_are_tagged_found_and_sorted(app: Flask, client: FlaskClient) -> None:
    dataset = add_dataset(app, name="Flats.csv")
    job, other = add_job(app, dataset_id=dataset), add_job(app)
    record(app, claim(app), 1, 9)

    changed = change(client, f"/v1/jobs/{job}", tags={"run": "first"}, note="slow, but good")

    assert (changed["tags"], changed["note"], changed["spec"]["tags"]) == ({"run": "first"}, "slow, but good", {})
    assert (changed["dataset_name"], changed["model"], changed["main_metric"]) == ("Flats.csv", None, "rmse")
    assert get(client, f"/v1/jobs/{job}") == changed
    assert change(client, f"/v1/jobs/{job}", note=None)["tags"] == {"run": "first"}
    assert list_ids(client, "/v1/jobs?q=flats") == list_ids(client, "/v1/jobs?tag=run=first") == [job]
    assert list_ids(client, "/v1/jobs?task=regression&q=nothing") == []
    assert list_ids(client, "/v1/jobs?sort=score") == [job, other]
    assert list_ids(client, "/v1/jobs?sort=created&limit=1") == [job]
    assert list_ids(client, f"/v1/jobs?sort=created&after={job}") == [other]
    get(client, "/v1/jobs?sort=score&after=job_1", 404)
    get(client, "/v1/jobs?sort=loss", 422)


def test_a_list_has_curves_on_request(app: Flask, client: FlaskClient) -> None:
    add_job(app)
    record(app, claim(app), 1, 9)

    assert get(client, "/v1/jobs?curve=3")["data"][0]["curve"] == [2.0, 0.4, pytest.approx(2 / 9)]
    assert get(client, "/v1/jobs")["data"][0]["curve"] is None
    get(client, "/v1/jobs?curve=101", 422)


def test_datasets_are_renamed_and_tagged(app: Flask, client: FlaskClient) -> None:
    dataset, other = add_dataset(app, name="b.csv"), add_dataset(app, name="c.csv")

    assert change(client, f"/v1/datasets/{other}", name="a.csv", tags={"old": ""})["name"] == "a.csv"

    assert list_ids(client, "/v1/datasets?sort=name") == [other, dataset]
    assert list_ids(client, "/v1/datasets?tag=old") == list_ids(client, "/v1/datasets?q=A.CSV") == [other]
    for wrong in ({"name": ""}, {"name": None}, {"rows": 3}, {"tags": {"": "x"}}, {"note": "x" * 2001}):
        change(client, f"/v1/datasets/{other}", 422, **wrong)


def test_models_are_grouped_by_name(app: Flask, client: FlaskClient, versions: list[str]) -> None:
    other = add_model(app, train_model("dear"), "dear")
    promote(client, 1)

    found = get(client, "/v1/models?newest=true&sort=name")["data"]

    assert [model["id"] for model in found] == [other, versions[1]]
    newest = found[1]
    assert (newest["versions"], newest["aliases"], newest["aliases_of_name"]) == (2, [], {"champion": 1})
    assert get(client, "/v1/models/price@champion")["aliases"] == ["champion"]
    assert (newest["main_metric"], found[0]["main_metric"]) == ("rmse", "accuracy")
    change(client, "/v1/models/price:1", note="in use")
    assert list_ids(client, "/v1/models?q=use") == [versions[0]]


def test_an_alias_moves_only_to_what_is_better(app: Flask, client: FlaskClient, versions: list[str]) -> None:
    better = add_model(app, train_model("price", 1), "price", insight("price", 1))
    old = add_model(app, train_model("price"), "price")
    promote(client, 1, only_if_better=True)

    same = get(client, "/v1/models/price:2/comparison?against=price@champion")
    assert (same["comparison"]["result"], same["rows"]) == ("tie", 24)
    assert (same["other"], same["other_id"]) == ("price:1", versions[0])
    refused = promote(client, 2, 409, only_if_better=True)
    assert (refused["type"], refused["comparison"]) == ("/problems/not-better", same)
    assert get(client, "/v1/models/price@champion")["version"] == 1

    other = get(client, f"/v1/models/{better}/comparison?against=price:1")
    assert other["comparison"]["difference"] == pytest.approx(other["value"] - other["other_value"])
    promote(client, 3, 200 if other["comparison"]["result"] == "better" else 409, only_if_better=True)

    unknown = get(client, f"/v1/models/{old}/comparison?against=price:1")
    assert (unknown["comparison"], unknown["rows"]) == (None, None)
    assert "Nothing was kept" in unknown["detail"]
    promote(client, 4, 409, only_if_better=True)
    promote(client, 4)
    promote(client, 4, only_if_better=True)
    get(client, "/v1/models/price/comparison?against=absent", 404)


def test_models_of_other_targets_or_data_are_not_compared(app: Flask, client: FlaskClient) -> None:
    add_model(app, train_model("price"), "price", insight("price"))
    add_model(app, train_model("dear"), "dear", insight("dear"))

    found = get(client, "/v1/models/dear/comparison?against=price")

    assert (found["comparison"], found["metric"]) == (None, "accuracy")
    assert "do not predict the same" in found["detail"]
    assert get(client, "/v1/models/dear/comparison?against=dear")["comparison"] is None
