"""The split of a job over HTTP: rows, lines and parts, page by page and as CSV."""

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.responses import Problem, SplitResponse
from learning.data.split import Split, encode_parts
from store.database import begin_write
from store.jobs import claims
from tests.unit.service.factories import add_dataset, add_job, claim, sessions_of

SPLIT = Split(np.array([0, 2, 3, 5]), np.array([1]), np.array([4]))
ROWS = 30


@pytest.fixture
def job_id(app: Flask, client: FlaskClient) -> str:
    """A job that trains on some rows of a dataset, and holds out others."""
    return start_job(app, client, SPLIT)


def start_job(app: Flask, client: FlaskClient, split: Split) -> str:
    """A job that trains with such a split of a dataset of some rows."""
    table = "\n".join(["x,y", *(f"{row},{row * row}" for row in range(ROWS)), ""])
    dataset = client.post("/v1/datasets", data=table, content_type="text/csv").get_json()
    job_id = add_job(app, dataset_id=dataset["id"])
    held = claim(app)
    with begin_write(sessions_of(app)) as s:
        parts = encode_parts(split, ROWS)
        assert claims.add_pretraining_report(s, job_id, held.token, baselines={}, facts={}, parts=parts)
    return job_id


def get(client: FlaskClient, job_id: str, query: str = "") -> SplitResponse:
    response = client.get(f"/v1/jobs/{job_id}/split{query}")
    assert response.status_code == 200, response.data
    return SplitResponse.model_validate_json(response.data)


def test_each_row_has_its_number_line_and_part(client: FlaskClient, job_id: str) -> None:
    found = get(client, job_id)

    assert found.counts == {"train": 4, "validation": 1, "test": 1, "left_out": ROWS - 6}
    parts = ["train", "validation", "train", "train", "test", "train", "left_out"]
    assert [(row.row, row.line, row.part) for row in found.data][:7] == [
        (number, number + 1, part) for number, part in enumerate(parts, 1)
    ]
    assert (len(found.data), found.has_more) == (ROWS, False)


def test_rows_of_one_part_come_page_by_page(client: FlaskClient, job_id: str) -> None:
    first = get(client, job_id, "?part=train&limit=3")
    second = get(client, job_id, f"?part=train&limit=3&after={first.after}")

    assert [row.row for row in first.data] == [1, 3, 4]
    assert (first.has_more, second.has_more) == (True, False)
    assert [row.row for row in second.data] == [6]
    assert get(client, job_id, "?after=1000").data == []


def test_all_rows_of_a_part_come_as_csv(client: FlaskClient, job_id: str) -> None:
    response = client.get(f"/v1/jobs/{job_id}/split?part=train", headers={"Accept": "text/csv"})

    assert response.content_type == "text/csv"
    assert response.text == "row,line,part\n1,2,train\n3,4,train\n4,5,train\n6,7,train\n"


def test_a_job_that_has_not_begun_and_one_without_its_dataset_have_no_split(app: Flask, client: FlaskClient) -> None:
    dataset_id = add_dataset(app)
    queued = add_job(app, dataset_id=dataset_id)
    response = client.get(f"/v1/jobs/{queued}/split")
    assert response.status_code == 409
    assert Problem.model_validate_json(response.data).type == "/problems/no-split"

    ended = client.post(f"/v1/jobs/{queued}/cancel")
    assert ended.status_code == 200
    assert client.delete(f"/v1/datasets/{dataset_id}").status_code == 200
    for accept in ("application/json", "text/csv"):
        response = client.get(f"/v1/jobs/{queued}/split", headers={"Accept": accept})
        assert response.status_code == 409
        assert "dataset of this job was deleted" in str(Problem.model_validate_json(response.data).detail)


def test_each_row_has_its_fold_where_there_are_folds(app: Flask, client: FlaskClient) -> None:
    folds = np.full(ROWS, -1, np.int8)
    folds[:6] = [0, 1, 0, 2, -1, 2]
    job_id = start_job(app, client, Split(np.array([0, 2, 3, 5]), np.array([1]), np.array([4]), folds))

    assert [(row.part, row.fold) for row in get(client, job_id, "?limit=5").data] == [
        ("train", 0),
        ("validation", 1),
        ("train", 0),
        ("train", 2),
        ("test", None),
    ]
    rows = client.get(f"/v1/jobs/{job_id}/split?limit=5", headers={"Accept": "text/csv"}).text.splitlines()
    assert (rows[0], rows[2], rows[5]) == ("row,line,part,fold", "2,3,validation,1", "5,6,test,")
