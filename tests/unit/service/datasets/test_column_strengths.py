"""How much of a target each column explains, over HTTP."""

from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from tests.unit.service.datasets.test_datasets import upload_raw


def upload_table(client: FlaskClient, rows: int = 200) -> str:
    """A table with a column that knows the target, one of chance, one of one value, and two kinds of targets."""
    chance = np.random.default_rng(0).normal(size=(3, rows))
    lines = ["knows,chance,same,price,kind"]
    for a, b, noise in chance.T:
        lines.append(f"{a:.3f},{b:.3f},1,{3 * a + 0.3 * noise:.3f},{'ab'[int(a > 0)]}")
    return upload_raw(client, "\n".join(lines).encode())["id"]


def ask(client: FlaskClient, dataset: str, **query: str) -> Any:
    answer = client.get(f"/v1/datasets/{dataset}/column-strengths", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


@pytest.mark.parametrize(("target", "task"), [("price", "regression"), ("kind", "classification")])
def test_each_column_is_measured_beside_the_target(client: FlaskClient, target: str, task: str) -> None:
    found = ask(client, upload_table(client), target=target)
    strengths = {each["column"]: each["strength"] for each in found["data"]}
    assert list(strengths) == [name for name in ("knows", "chance", "same", "price", "kind") if name != target]
    assert (found["target"], found["task"], found["rows"], found["reason"]) == (target, task, 200, None)
    assert strengths["knows"] > 0.9
    assert strengths["chance"] < 0.2
    assert strengths["same"] is None


def test_the_task_is_guessed_as_for_a_job_or_said(client: FlaskClient) -> None:
    raw = b"x,y\n" + b"".join(b"%d,%d\n" % (n, n % 2) for n in range(60))
    dataset = upload_raw(client, raw)["id"]
    assert ask(client, dataset, target="y")["task"] == "classification"
    assert ask(client, dataset, target="y", task="regression")["task"] == "regression"


def test_what_cannot_be_measured_is_said(client: FlaskClient) -> None:
    dataset = upload_table(client)
    constant = ask(client, dataset, target="same")
    assert {each["strength"] for each in constant["data"]} == {None}
    assert constant["reason"]
    few = ask(client, upload_table(client, 12), target="price")
    assert few["reason"] == "There are too few rows."

    answer = client.get(f"/v1/datasets/{dataset}/column-strengths?target=prize")
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == [
        {
            "pointer": "?target",
            "detail": "'prize' is not a column of the dataset",
            "code": "unknown_column",
            "given": "prize",
            "suggestion": "price",
        }
    ]
