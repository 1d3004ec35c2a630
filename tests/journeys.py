"""The way of a table from its upload to its model, with a service and a worker in the process of the test."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from contract.settings import Settings
from process.shared_flags import ShutdownFlag
from worker.context import WorkerContext
from worker.ingest import ingest_next_dataset
from worker.training.run import train_next_job

QUICK = {"preset": "fast", "epochs": 2, "layers": [{"type": "dense", "units": 4}], "early_stopping": None}


class Journey:
    """A client of a service, and the worker that does what it asks for."""

    def __init__(self, app: Flask) -> None:
        services = app.extensions["services"]
        settings: Settings = services.settings
        self.client: FlaskClient = app.test_client()
        self.context = WorkerContext(
            settings=settings,
            worker="the tests",
            sessions=services.sessions,
            files=services.files,
            shutdown=ShutdownFlag(),
        )

    def upload(self, raw: bytes, kind: str = "text/csv", **query: Any) -> dict[str, Any]:
        """The dataset that a raw body becomes, read here or by the worker."""
        response = self.client.post("/v1/datasets", data=raw, content_type=kind, query_string=query)
        assert response.status_code == 201, response.get_data(as_text=True)
        if response.json["status"] == "processing":
            assert ingest_next_dataset(self.context)
        return self.get(f"/v1/datasets/{response.json['id']}")

    def issues(self, dataset: dict[str, Any]) -> list[dict[str, Any]]:
        """The first issues of a dataset."""
        return self.get(f"/v1/datasets/{dataset['id']}/issues?limit=100")["data"]

    def train(self, dataset: dict[str, Any], target: str, model_name: str = "net", **spec: Any) -> dict[str, Any]:
        """The job of a quick training, once it has ended, however it did."""
        body = {"dataset_id": dataset["id"], "target": target, "model_name": model_name, **QUICK, **spec}
        response = self.client.post("/v1/jobs", json=body)
        assert response.status_code == 202, response.get_data(as_text=True)
        assert train_next_job(self.context)
        return self.get(f"/v1/jobs/{response.json['id']}")

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        response = self.client.get(path)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json

    def post(self, path: str, body: object) -> Any:
        """The JSON of a successful answer to a body of JSON."""
        response = self.client.post(path, json=body)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json
