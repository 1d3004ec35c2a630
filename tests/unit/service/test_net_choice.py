"""Views of a job of several nets show one of them, by its number."""

import json
from itertools import islice
from operator import itemgetter

from flask.testing import FlaskClient

from contract.ids import new_id
from store.database import begin_write
from store.jobs import jobs
from tests.unit.service import factories
from tests.unit.service.factories import ME, sessions_of


def test_epochs_and_splits_and_findings_are_of_one_net_the_first_by_default(client: FlaskClient) -> None:
    app = client.application
    dataset_id = factories.add_dataset(app)
    spec = {
        "dataset_id": dataset_id,
        "target": "price",
        "task": "regression",
        "nets": 2,
        "epochs": 9,
        "tags": {},
        "time_limit_seconds": None,
        "split": {"folds": 2, "fold": 0},
    }
    job_id = new_id("job")
    with begin_write(sessions_of(app)) as s:
        jobs.add(s, id=job_id, owner=ME, dataset_id=dataset_id, spec_json=json.dumps(spec))
    for last in (2, 3):
        factories.record(app, factories.claim(app), 1, last)
    job = client.get(f"/v1/jobs/{job_id}").get_json()
    assert [(net["net"], net["status"], net["epoch"]) for net in job["nets"]] == [(1, "running", 2), (2, "running", 3)]
    assert (job["status"], job["progress"]["epoch"], job["latest"]["net"]) == ("running", 5, 2)
    assert client.get("/v1/jobs").get_json()["data"][0]["id"] == job_id

    def epochs(query: str) -> list[tuple[int, int]]:
        data = client.get(f"/v1/jobs/{job_id}/epochs{query}").get_json()["data"]
        return [(epoch["net"], epoch["epoch"]) for epoch in data]

    assert epochs("") == epochs("?net=1") == [(1, 1), (1, 2)]
    assert epochs("?net=2&after_epoch=1") == [(2, 2), (2, 3)]
    assert client.get(f"/v1/jobs/{job_id}/diagnostics?net=2").get_json()["job_id"] == job_id
    report = client.get(f"/v1/jobs/{job_id}/report?format=markdown").text
    assert "It becomes the mean of 2 nets" in report
    assert "The loss after each epoch" in report, "of the first net"

    def read_events(query: str, after: str = "") -> list[tuple[str, int, int]]:
        stream = client.get(f"/v1/jobs/{job_id}/events{query}", headers={"Last-Event-ID": after}).iter_encoded()
        blocks = b"".join(islice(stream, 2)).decode().split("\n\n")
        told = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks if "event: epoch" in block]
        return [(each["id"].partition("-")[2], *itemgetter("net", "epoch")(json.loads(each["data"]))) for each in told]

    whole = read_events("")
    assert whole == [("1-0", 1, 1), ("1-1", 2, 1), ("2-1", 1, 2), ("2-2", 2, 2), ("2-3", 2, 3)]
    assert read_events("?net=2") == [("1", 2, 1), ("2", 2, 2), ("3", 2, 3)]
    assert read_events("", "1-2-1") == whole[3:]
    assert read_events("", "1-2") == read_events("", "1-2-9") == read_events("", "9999-2-1") == whole, (
        "from the beginning"
    )
    for route in ("epochs", "events", "layers", "weights", "split", "diagnostics"):
        refused = client.get(f"/v1/jobs/{job_id}/{route}?net=3")
        assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "?net")
    assert client.get(f"/v1/jobs/{job_id}.01").status_code == 404
