"""The whole path of a job with its files in an S3 bucket: uploaded by the service, trained on by a worker."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from contract.settings import Settings
from service.app import create_app
from store.files import INSTALLATION_KEY
from tests.integration.worker.tables_to_learn import sums
from tests.object_storage import ObjectStorage
from tests.running import Broker, Installation, wait_for

AWAY = {"s3_endpoint": "http://127.0.0.1:9"}


@pytest.fixture
def kept_in_bucket(broker: Broker, object_storage: ObjectStorage, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path / "data", broker.unused_url(), **object_storage.bucket())
    yield installation
    installation.close()


@pytest.fixture
def service_of() -> Iterator[Callable[..., FlaskClient]]:
    """Asks the service of an installation, with settings by name."""
    made = []

    def make(installation: Installation, **more: Any) -> FlaskClient:
        settings = {
            "data_dir": installation.folder,
            "database_url": installation.database_url,
            "broker_url": installation.broker_url,
            "min_free_bytes": 0,
            **installation.storage,
            **more,
        }
        made.append(create_app(Settings(**settings)))
        return made[-1].test_client()

    yield make
    for app in made:
        app.extensions["services"].sessions.kw["bind"].dispose()


def upload(client: FlaskClient) -> Any:
    return client.post("/v1/datasets", data=sums().encode(), content_type="text/csv")


@pytest.mark.parametrize("inline_read_bytes", [0, 2**22], ids=["read by the worker", "read by the service"])
def test_from_upload_to_prediction(
    kept_in_bucket: Installation, service_of: Callable[..., FlaskClient], inline_read_bytes: int
) -> None:
    kept_in_bucket.start_worker()
    client = service_of(kept_in_bucket, inline_read_bytes=inline_read_bytes)
    dataset = f"/v1/datasets/{upload(client).json['id']}"
    wait_for(lambda: client.get(dataset).json["status"] == "ready", "the dataset")
    job = client.post(
        "/v1/jobs", json={"dataset_id": dataset[13:], "target": "y", "model_name": "sums", "epochs": 2}
    ).json
    ended = kept_in_bucket.wait_for_end(job["id"])
    features = client.get(f"{dataset}/rows?limit=1").json["data"]
    predicted = client.post("/v1/models/sums/predict", json={"rows": features})

    assert ended.status == "succeeded", ended.error
    assert predicted.status_code == 200, predicted.json
    assert client.get(f"{dataset}/content").data == sums().encode()
    assert client.get(f"{dataset}/content", headers={"Range": "bytes=3-9"}).data == sums().encode()[3:10]
    assert client.get("/readyz").json["storage"] == "ok"
    assert len(list(kept_in_bucket.files.list_keys("datasets/"))) == 2
    assert client.delete(dataset).status_code == 200
    assert list(kept_in_bucket.files.list_keys()) == [INSTALLATION_KEY]
    assert not (kept_in_bucket.folder / "files").exists()
    assert list((kept_in_bucket.folder / "scratch").iterdir()) == []


def test_an_unreachable_bucket_makes_the_service_unavailable(
    kept_in_bucket: Installation, service_of: Callable[..., FlaskClient]
) -> None:
    dataset_id = kept_in_bucket.add_dataset(sums())
    client = service_of(kept_in_bucket, **AWAY)
    ready = client.get("/readyz")
    answers = [
        upload(client),
        client.get(f"/v1/datasets/{dataset_id}/content"),
        client.get(f"/v1/datasets/{dataset_id}/rows"),
    ]

    assert (ready.status_code, ready.json["storage"], ready.json["database"]) == (503, "down", "ok")
    for answer in answers:
        assert (answer.status_code, answer.json["type"]) == (503, "/problems/unavailable")
        assert answer.headers["Retry-After"] == "5"
        assert "127.0.0.1" not in answer.text


def test_a_job_whose_table_cannot_be_fetched_fails_with_the_cause(kept_in_bucket: Installation) -> None:
    job = kept_in_bucket.submit(kept_in_bucket.add_dataset(sums()), "y", epochs=2)
    worker = kept_in_bucket.start_worker(**AWAY)
    ended = kept_in_bucket.wait_for_end(job)

    assert (ended.status, ended.error["type"]) == ("failed", "/problems/storage-away")
    assert "storage unavailable, trying again" in worker.read_log()
