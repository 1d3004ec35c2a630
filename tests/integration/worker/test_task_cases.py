"""Cases of tasks, copies, groups, many categories and outliers, by upload, job and prediction."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from contract.settings import Settings
from service.app import create_app
from tests.pictures import has_package, zip_of
from tests.running import Installation

CASES = Path(__file__).parents[2] / "cases"


@pytest.fixture
def client(steady: Installation) -> Iterator[FlaskClient]:
    """Asks the service of the installation that the worker works for."""
    urls: dict[str, Any] = {"database_url": steady.database_url, "broker_url": steady.broker_url}
    app = create_app(Settings(data_dir=steady.folder, min_free_bytes=0, inline_read_seconds=10, **urls))
    yield app.test_client()
    app.extensions["services"].sessions.kw["bind"].dispose()


def upload(client: FlaskClient, name: str) -> str:
    data = (CASES / name).read_bytes()
    answer = client.post(f"/v1/datasets?name={name}", data=data, content_type="text/csv")
    assert answer.status_code == 201, answer.text
    return answer.get_json()["id"]


def train(steady: Installation, client: FlaskClient, dataset: str, **options: Any) -> dict[str, Any]:
    spec = {"dataset_id": dataset, "target": "y", "preset": "fast", "epochs": 5, **options}
    valid = client.post("/v1/jobs/validate", json=spec).get_json()
    answer = client.post("/v1/jobs", json=spec)
    assert answer.status_code == 202, answer.text
    assert (valid["spec"]["task"], valid["warnings"]) == (
        answer.get_json()["spec"]["task"],
        answer.get_json()["warnings"],
    )
    steady.wait_for_end(answer.get_json()["id"])
    job = client.get(f"/v1/jobs/{answer.get_json()['id']}").get_json()
    assert job["status"] == "succeeded", job["error"]
    return job


def find_codes(client: FlaskClient, job: dict[str, Any]) -> set[str]:
    return {each["code"] for each in client.get(f"/v1/jobs/{job['id']}/diagnostics").get_json()["findings"]}


def test_whole_number_classes_are_classes_with_their_names(steady: Installation, client: FlaskClient):
    dataset = upload(client, "08_int_labels.csv")
    job = train(steady, client, dataset, model_name="labels")

    assert job["spec"]["task"] == "classification"
    assert job["warnings"] == [
        (
            "'y' has 3 different whole numbers in 150 rows, so it is read as classes; set task to regression to "
            "predict it as a number."
        )
    ]
    as_json = client.post("/v1/models/labels/predict", json={"a": 0.18, "b": 0.39}).get_json()["predictions"][0]
    assert list(as_json["probabilities"]) == ["0", "1", "2"]
    answer = client.post(
        "/v1/models/labels/predict", data=b"a,b\n0.18,0.39\n", content_type="text/csv", headers={"Accept": "text/csv"}
    )
    assert as_json["label"] in answer.text

    number = train(steady, client, dataset, task="regression", model_name="number")
    again = train(steady, client, dataset, start_from={"model": "number"}, model_name="again")
    assert (number["spec"]["task"], again["spec"]["task"], again["warnings"]) == ("regression", "regression", [])


def test_pooled_stores_are_told_before_and_after_training(steady: Installation, client: FlaskClient):
    dataset = upload(client, "16_1000_stores.csv")
    assert train(steady, client, dataset, epochs=20)["best"]["metrics"]["r2"] > 0.95

    one_hot = {"min_categories": 1001}
    job = train(steady, client, dataset, model_name="stores", embedding=one_hot, epochs=1)
    assert any("744 of 1,000 values of 'store' are learned as one" in warning for warning in job["warnings"])
    assert "repeated_groups" not in find_codes(client, job)
    rows = [{"store": store, "x": 1.0} for store in ("S3", "S999", "no store")]
    found = client.post("/v1/models/stores/predict", json={"rows": rows}).get_json()["warnings"]
    assert {(each["row"], each["code"]) for each in found} >= {(1, "pooled_category"), (2, "unseen_category")}


def test_copies_are_an_issue_and_a_finding_and_can_be_kept_together(steady: Installation, client: FlaskClient):
    dataset = upload(client, "18_rows_copied.csv")
    (issue,) = client.get(f"/v1/datasets/{dataset}/issues").get_json()["data"]
    assert (issue["code"], issue["value"]) == ("copied_rows", "400 of 500 rows")

    assert find_codes(client, train(steady, client, dataset)) & {"copied_rows", "target_leakage"} == {"copied_rows"}
    together = train(steady, client, dataset, split={"keep_copies_together": True})
    assert "copied_rows" not in find_codes(client, together)


def test_a_far_outlier_is_named_and_r2_of_one_row_is_null(steady: Installation, client: FlaskClient):
    dataset = upload(client, "22_outlier_target.csv")
    job = train(steady, client, dataset, split={"validation": 0.001})

    assert "'y' has a value of 1e+12, far beyond the others" in job["warnings"][0]
    assert "target_outlier" in find_codes(client, job)
    assert job["best"]["metrics"]["r2"] is None
    assert "on 1 held-out row;" in job["verdict"]


def test_groups_are_found_and_can_be_kept_together(steady: Installation, client: FlaskClient):
    dataset = upload(client, "25_people_x8.csv")

    assert "repeated_groups" in find_codes(client, train(steady, client, dataset))
    apart = train(steady, client, dataset, split={"group_by": "person"})
    assert "repeated_groups" not in find_codes(client, apart)


def test_drawings_are_learned_and_started_from_with_a_number_beside_them(
    steady: Installation, client: FlaskClient
) -> None:
    """From an archive with a table that names them, by way of a worker, to predictions, mistakes and a warm start."""
    drawings = Path(__file__).parents[3] / "examples" / "drawings"
    files = sorted(drawings.glob("*/0*.png"))
    rows = [
        "file_name,number,y",
        *(f"{path.name}-{path.parent.name},{int(path.stem)},{path.parent.name}" for path in files),
    ]
    archive = zip_of(
        {f"{path.name}-{path.parent.name}": path.read_bytes() for path in files}
        | {"metadata.csv": "\n".join(rows).encode(), "one.png": b"torn"}
    )
    answer = client.post("/v1/datasets?name=drawn.zip", data=archive, content_type="application/zip")
    assert answer.status_code == 201, answer.text
    dataset = answer.get_json()["id"]

    job = train(steady, client, dataset, epochs=2)
    again = train(steady, client, dataset, epochs=1, start_from={"model": "drawn"}, model_name="again")

    assert (job["spec"]["image"]["size"], again["spec"]["image"]["size"]) == (64, 64)
    row = {"file_name": f"data:image/png;base64,{b64encode(files[0].read_bytes()).decode()}", "number": 3}
    predicted = client.post("/v1/models/again/predict", json=row).get_json()
    assert set(predicted["predictions"][0]["probabilities"]) == {"cat", "dog", "mouse"}
    assert predicted["warnings"] == []
    mistakes = client.get("/v1/models/drawn/mistakes").get_json()["data"]
    assert {Path(mistake["given"]["file_name"]).suffix for mistake in mistakes} <= {
        ".png-cat",
        ".png-dog",
        ".png-mouse",
    }
    assert client.post("/v1/models/drawn/evaluate", json={"dataset_id": dataset}).get_json()["rows"] == len(files)
    assert client.get(f"/v1/jobs/{job['id']}/report").status_code == 200
    assert steady.reproduce(job["id"]).reproduction == {"match": True, "first_difference": None}
    for path in ("weights", "layers", "events"):
        assert client.get(f"/v1/jobs/{job['id']}/{path}").status_code == 200, path
    (explained,) = client.post("/v1/models/drawn/explain", json=row).get_json()["explanations"]
    assert {each["column"] for each in explained["contributions"]} == {"file_name", "number"}

    if has_package():
        check_features(steady, client, dataset, row)


def check_features(steady: Installation, client: FlaskClient, dataset: str, row: dict[str, Any]) -> None:
    """The same drawings learned from by features, which are made once and kept."""
    options = {"model_name": "by-features", "image": {"features": "pretrained", "size": 32}, "epochs": 2}
    job = train(steady, client, dataset, **options)
    assert "conv" not in [layer["type"] for layer in job["spec"]["layers"]]
    folder = steady.folder / "files" / "datasets" / dataset / "features"
    kept = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert len(kept) == 1
    size = sum(path.stat().st_size for path in kept)
    assert client.get(f"/v1/datasets/{dataset}").get_json()["feature_bytes"] == size > 0
    again = train(steady, client, dataset, start_from={"model": "by-features"}, model_name="again", epochs=1)
    assert again["spec"]["image"]["feature_net"] == job["spec"]["image"]["feature_net"]
    assert steady.reproduce(job["id"]).reproduction == {"match": True, "first_difference": None}
    assert kept == {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    predicted = client.post("/v1/models/by-features/predict", json=row).get_json()
    assert set(predicted["predictions"][0]["probabilities"]) == {"cat", "dog", "mouse"}
    assert client.post("/v1/models/by-features/evaluate", json={"dataset_id": dataset}).status_code == 200
    (explained,) = client.post("/v1/models/by-features/explain", json=row).get_json()["explanations"]
    assert {each["column"] for each in explained["contributions"]} == {"file_name", "number"}
    drawn = client.post("/v1/models/by-features/explain", json=row, headers={"Accept": "image/png"})
    assert (drawn.status_code, drawn.get_json()["type"]) == (422, "/problems/not-for-task")
    assert "a net that others trained makes features" in drawn.get_json()["detail"]
    assert client.post("/v1/models/by-features/feature-maps", json=row).status_code == 422
    for path in ("report", "weights", "layers", "diagnostics"):
        assert client.get(f"/v1/jobs/{job['id']}/{path}").status_code == 200, path
    assert client.get("/v1/models/by-features/schema").status_code == 200
    assert client.get("/v1/models/by-features/mistakes").status_code == 200


def test_a_text_is_learned_and_the_next_token_is_expected(steady: Installation, client: FlaskClient):
    lines = ["the cat sat on the mat", "a dog ran to the man", "the man sat on a dog", "the mat ran"] * 60
    answer = client.post("/v1/datasets?name=lines.csv", data="line\n" + "\n".join(lines), content_type="text/csv")
    options = {"task": "language", "text": "line", "target": None, "model_name": "lines", "language": {"windows": 64}}
    job = train(steady, client, answer.get_json()["id"], **options)
    assert job["baselines"]["linear"]["name"] == "five_gram"
    assert "a 5-gram" in job["verdict"]
    assert job["best"]["metrics"]["bits_per_character"] < 4
    epochs = client.get(f"/v1/jobs/{job['id']}/epochs").get_json()["data"]
    assert all(set(epoch["sample"]) <= {*"".join(lines), "\n"} for epoch in epochs)

    start = options | {"start_from": {"model": "lines"}, "epochs": 1, "model_name": "more"}
    more = train(steady, client, answer.get_json()["id"], **start)
    first, again = (each["metrics"]["bits_per_character"] for each in (epochs[0], more["best"]))
    assert again < first
    other = {"dataset_id": answer.get_json()["id"], **start, "language": {"context": 999, "tokenizer": "bytes"}}
    refused = client.post("/v1/jobs/validate", json={**other, "layers": []}).get_json()
    assert {"#/language/context", "#/language/tokenizer", "#/layers"} <= {
        error["pointer"] for error in refused["errors"]
    }

    rows = client.post("/v1/models/lines/predict", json={"line": "the cat sat on th"}).get_json()["predictions"]
    assert rows[0]["label"] in "".join(lines)
    for path in ("schema", "evaluation", "weights", "mistakes"):
        assert client.get(f"/v1/models/lines/{path}").status_code in {200, 422}
    for path in ("diagnostics", "layers", "epochs", "report", "split"):
        assert client.get(f"/v1/jobs/{job['id']}/{path}").status_code == 200
    for path, body in [("replay", {"line": "the"}), ("trace", {"row": {"line": "the"}})]:
        assert client.post(f"/v1/jobs/{job['id']}/{path}", json=body).status_code < 500
    assert client.post("/v1/models/lines/explain", json={"line": "the"}).status_code == 422
    written = client.post("/v1/models/lines/generate", json={"prompt": "the cat", "max_tokens": 20}).get_json()
    assert (len(written["text"]), written["finish_reason"]) == (20, "length")
