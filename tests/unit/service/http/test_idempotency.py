"""Idempotency keys: a repeated POST creates one resource and gets the same response."""

import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.databases import on_every_database

TABLE = b"a,b\n1,x\n2,y\n"


def upload(client: FlaskClient, key: str | None, raw: bytes = TABLE, query: str = "") -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(f"/v1/datasets{query}", data=raw, content_type="text/csv", headers=headers)


def files(tmp_path: Path) -> int:
    return sum(path.is_file() for path in (tmp_path / "files").rglob("*"))


def test_the_same_request_gets_the_first_answer_again(client: FlaskClient, tmp_path: Path) -> None:
    first = upload(client, "k")
    again = upload(client, "k")

    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.get_data()) == (first.status_code, first.get_data())
    assert (again.headers["Location"], again.content_type) == (first.headers["Location"], first.content_type)
    assert len(client.get("/v1/datasets").json["data"]) == 1
    assert files(tmp_path) == 2


@pytest.mark.parametrize(("raw", "query"), [(b"a,b\n1,x\n2,z\n", ""), (TABLE, "?name=other")])
def test_another_request_with_the_same_key_is_refused_and_makes_nothing(
    client: FlaskClient, tmp_path: Path, raw: bytes, query: str
) -> None:
    upload(client, "k")

    other = upload(client, "k", raw, query)

    assert (other.status_code, other.json["type"]) == (422, "/problems/idempotency-key-reused")
    assert len(client.get("/v1/datasets").json["data"]) == 1
    assert files(tmp_path) == 2


def test_without_a_key_or_with_another_one_each_request_makes_one(client: FlaskClient) -> None:
    for key in (None, None, "a", "b"):
        assert upload(client, key).status_code == 201

    assert len(client.get("/v1/datasets").json["data"]) == 4


@on_every_database
def test_a_refused_request_does_not_use_up_its_key(client: FlaskClient) -> None:
    assert upload(client, "k", b"\x89PNG\r\n\x1a\n" * 20).status_code == 422

    assert upload(client, "k").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "ä"])
def test_a_malformed_idempotency_key_is_refused(client: FlaskClient, key: str) -> None:
    response = upload(client, key)

    assert (response.status_code, response.json["errors"][0]["pointer"]) == (422, "Idempotency-Key")


@on_every_database
def test_concurrent_requests_with_one_key_create_one_dataset(app: Flask, tmp_path: Path) -> None:
    answers: list[Any] = []

    def send() -> None:
        answers.append(upload(app.test_client(), "k"))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_data() for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 5
    assert files(tmp_path) == 2
