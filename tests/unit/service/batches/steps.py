"""The way of a batch in tests: a file is uploaded, its batch submitted, done as a worker does, and read."""

import csv
import io
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from process.shared_flags import ShutdownFlag
from worker.batches.block_worker import BlockWorker
from worker.context import WorkerContext

HOUSES = "id,sqft,area,garden\n" + "".join(
    f"h{row},{900 + row},{'north' if row % 2 else 'south'},{'yes' if row % 3 else 'no'}\n" for row in range(40)
)


def upload(client: FlaskClient, file: str | bytes = HOUSES, **query: str) -> str:
    """The id of the dataset that a file becomes; a CSV unless its name says otherwise."""
    data = file if isinstance(file, bytes) else file.encode()
    answer = client.post("/v1/datasets", query_string={"name": "rows.csv", **query}, data=data)
    assert answer.status_code == 201, answer.json
    return answer.get_json()["id"]


def submit(client: FlaskClient, ref: str = "houses", **spec: Any) -> dict[str, Any]:
    answer = client.post(f"/v1/models/{ref}/batches", json=spec)
    assert answer.status_code == 202, answer.json
    assert answer.headers["Location"] == f"/v1/batches/{answer.get_json()['id']}"
    return answer.get_json()


def work(app: Flask) -> None:
    """Do all blocks that wait, as a worker does."""
    services = app.extensions["services"]
    context = WorkerContext(
        settings=services.settings,
        worker="test",
        sessions=services.sessions,
        files=services.files,
        shutdown=ShutdownFlag(),
    )
    worker = BlockWorker()
    while worker.do_next(context):
        pass


def read_output(client: FlaskClient, batch: dict[str, Any]) -> bytes:
    answer = client.get(f"/v1/batches/{batch['id']}/output")
    assert answer.status_code == 200, answer.json
    assert answer.content_length == len(answer.data)
    return answer.data


def predict(client: FlaskClient, ref: str, text: str = HOUSES, query: str = "?unknown=ignore") -> list[dict[str, str]]:
    """The same rows predicted in one request."""
    answer = client.post(
        f"/v1/models/{ref}/predict{query}", data=text, content_type="text/csv", headers={"Accept": "text/csv"}
    )
    assert answer.status_code == 200, answer.json
    return list(csv.DictReader(io.StringIO(answer.text)))


def read_rows(client: FlaskClient, batch: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of the output of a batch that was asked for as CSV."""
    return list(csv.DictReader(io.StringIO(read_output(client, batch).decode())))
