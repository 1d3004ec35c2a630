"""The HTTP transport of the client: retries, idempotency keys, errors, uploads and pagination."""

import io
import json
import socket
from pathlib import Path

import pytest

import gradus
from contract.responses import JobResponse
from gradus.upload import LocalFileError
from tests.unit.gradus.scripted_server import Answer, ReceivedRequest, ScriptedServer

DATASET = {
    "object": "dataset",
    "id": "ds_06bq2xqm1vfxz5k2v7m0w8c9de",
    "name": "houses.csv",
    "status": "ready",
    "format": "csv",
    "bytes": 4,
    "sha256": "00",
    "created_at": "2026-11-22T10:00:00Z",
    "a_field_of_tomorrow": {"x": 1},
}


def problem(status: int, **more: object) -> Answer:
    body = {"type": "/problems/x", "title": "X", "status": status, "detail": "Something is wrong.", **more}
    return Answer(status, body, {"Content-Type": "application/problem+json"})


def test_a_creating_request_that_got_no_answer_is_sent_again_under_the_same_key(server: ScriptedServer) -> None:
    server.script = lambda _: Answer(hang_up=True) if len(server.requests) < 3 else Answer(201, DATASET)
    with gradus.Client(server.url) as client:
        dataset = client.datasets.upload([{"price": 1}])
    assert dataset.id == DATASET["id"]
    keys = {request.headers["Idempotency-Key"] for request in server.requests}
    assert len(server.requests) == 3
    assert len(keys) == 1
    assert len({request.body for request in server.requests}) == 1


def test_two_creating_requests_have_two_keys(server: ScriptedServer) -> None:
    server.script = lambda _: Answer(201, DATASET)
    with gradus.Client(server.url) as client:
        client.datasets.upload([{"price": 1}])
        client.datasets.upload([{"price": 1}])
    assert len({request.headers["Idempotency-Key"] for request in server.requests}) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for(server: ScriptedServer, status: int) -> None:
    busy = problem(status)
    busy.headers["Retry-After"] = "0"
    server.script = lambda _: busy if len(server.requests) < 3 else Answer(200, DATASET)
    with gradus.Client(server.url) as client:
        assert client.datasets.get("ds_x").name == "houses.csv"
    assert len(server.requests) == 3


def test_creating_a_key_is_retried_only_if_none_was_created(server: ScriptedServer) -> None:
    busy = problem(429)
    busy.headers["Retry-After"] = "0"
    server.script = lambda _: busy if len(server.requests) < 2 else problem(503)
    with gradus.Client(server.url) as client, pytest.raises(gradus.Unavailable):
        client.keys.create("shop", ["predict"])
    assert len(server.requests) == 2


def test_a_retry_after_past_the_limit_is_an_error_that_names_it(
    server: ScriptedServer,
) -> None:
    busy = problem(429)
    busy.headers["Retry-After"] = "3000"
    server.script = lambda _: busy
    with gradus.Client(server.url) as client, pytest.raises(gradus.TooManyRequests) as caught:
        client.datasets.upload([{"price": 1}])
    assert caught.value.retry_after == 3000
    assert len(server.requests) == 1


def test_retries_end_with_the_problem(server: ScriptedServer) -> None:
    busy = problem(503)
    busy.headers["Retry-After"] = "0"
    server.script = lambda _: busy
    with gradus.Client(server.url, retries=2) as client, pytest.raises(gradus.Unavailable) as caught:
        client.datasets.get("ds_x")
    assert caught.value.status == 503
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, gradus.ProblemError),
        (401, gradus.Unauthorized),
        (403, gradus.Unauthorized),
        (404, gradus.NotFound),
        (409, gradus.Conflict),
        (413, gradus.TooLarge),
        (422, gradus.Invalid),
        (507, gradus.DiskFull),
        (500, gradus.ProblemError),
    ],
)
def test_each_client_error_raises_its_own_class_without_a_retry(
    server: ScriptedServer, status: int, kind: type[gradus.ProblemError]
) -> None:
    server.script = lambda _: problem(status)
    with gradus.Client(server.url) as client, pytest.raises(kind) as caught:
        client.datasets.get("ds_x")
    assert type(caught.value) is kind
    assert caught.value.problem.detail == "Something is wrong."
    assert len(server.requests) == 1


def test_an_invalid_request_names_each_fault_and_the_nearest_right_name(server: ScriptedServer) -> None:
    fault = {"pointer": "#/target", "detail": "is not a column", "code": "unknown_column", "suggestion": "price"}
    server.script = lambda _: problem(422, errors=[fault])
    with gradus.Client(server.url) as client, pytest.raises(gradus.Invalid) as caught:
        client.jobs.create(dataset_id="ds_x", target="pirce")
    assert caught.value.errors[0].suggestion == "price"
    assert str(caught.value) == "Something is wrong.\n  #/target: is not a column; did you mean 'price'?"


def test_a_conflict_names_the_actions_that_are_possible(server: ScriptedServer) -> None:
    server.script = lambda _: problem(409, allowed_actions=["delete"])
    with gradus.Client(server.url) as client, pytest.raises(gradus.Conflict) as caught:
        client.datasets.delete("ds_x")
    assert caught.value.allowed_actions == ["delete"]


def test_an_error_page_of_something_in_between_becomes_a_problem(server: ScriptedServer) -> None:
    server.script = lambda _: Answer(502, b"<h1>Bad   gateway</h1>")
    with gradus.Client(server.url, retries=0) as client, pytest.raises(gradus.ProblemError) as caught:
        client.datasets.get("ds_x")
    assert caught.value.problem.detail == "HTTP 502: <h1>Bad gateway</h1>"


def test_a_server_that_is_not_gradus_is_detected(server: ScriptedServer) -> None:
    server.script = lambda _: Answer(200, {"hello": "world"})
    with gradus.Client(server.url) as client, pytest.raises(gradus.UnexpectedResponse, match="DatasetResponse"):
        client.datasets.get("ds_x")


def test_a_refused_connection_is_an_error_that_names_the_address() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with gradus.Client(url, retries=1) as client, pytest.raises(gradus.Unreachable) as caught:
            client.datasets.get("ds_x")
    assert caught.value.url == url
    assert "refused" in caught.value.reason


def test_a_list_is_read_page_by_page_only_as_far_as_it_is_used(server: ScriptedServer) -> None:
    def pages(request: ReceivedRequest) -> Answer:
        second = "after=a2" in request.path
        ids = ["a3", "a4"] if second else ["a1", "a2"]
        data = [{**DATASET, "id": id} for id in ids]  # noqa: A001 - its name in the API
        return Answer(
            200, {"object": "list", "data": data, "has_more": not second, "first_id": ids[0], "last_id": ids[1]}
        )

    server.script = pages
    with gradus.Client(server.url) as client:
        listing = client.datasets.list()
        assert next(listing).id == "a1"
        assert next(listing).id == "a2"
        assert len(server.requests) == 1
        assert [dataset.id for dataset in listing] == ["a3", "a4"]
    assert len(server.requests) == 2


def test_a_file_is_streamed_with_its_type_and_length_and_reports_progress(
    server: ScriptedServer, tmp_path: Path
) -> None:
    path = tmp_path / "big.tsv"
    path.write_bytes(b"a\tb\n" + b"1\t2\n" * 200_000)
    progress: list[tuple[int, int | None]] = []
    server.script = lambda _: Answer(201, DATASET)
    with gradus.Client(server.url) as client:
        client.datasets.upload(
            path, types={"a": "categorical"}, on_progress=lambda sent, total: progress.append((sent, total))
        )
    request = server.requests[0]
    assert request.body == path.read_bytes()
    assert request.headers["Content-Type"] == "text/tab-separated-values"
    assert request.headers["Content-Length"] == str(path.stat().st_size)
    assert "name=big.tsv" in request.path
    assert "types=%7B%22a%22" in request.path
    assert len(progress) > 2
    assert progress[-1] == (path.stat().st_size, path.stat().st_size)


@pytest.mark.parametrize(
    ("name", "media_type", "encoding"),
    [
        ("t.csv", "text/csv", None),
        ("t.CSV.gz", "text/csv", "gzip"),
        ("t.jsonl.gz", "application/x-ndjson", "gzip"),
        ("t.parquet", "application/vnd.apache.parquet", None),
        ("t.dat", "text/csv", None),
    ],
)
def test_the_file_extension_decides_the_media_type(
    server: ScriptedServer, tmp_path: Path, name: str, media_type: str, encoding: str | None
) -> None:
    path = tmp_path / name
    path.write_bytes(b"whatever")
    server.script = lambda _: Answer(201, DATASET)
    with gradus.Client(server.url) as client:
        client.datasets.upload(path)
    assert server.requests[0].headers["Content-Type"] == media_type
    assert server.requests[0].headers.get("Content-Encoding") == encoding


def test_an_open_file_is_sent_again_from_where_it_stood(server: ScriptedServer) -> None:
    file = io.BytesIO(b"skipped\na,b\n1,2\n")
    file.seek(8)
    server.script = lambda _: Answer(hang_up=True) if len(server.requests) < 2 else Answer(201, DATASET)
    with gradus.Client(server.url) as client:
        client.datasets.upload(file, name="t", format="csv")
    assert [request.body for request in server.requests] == [b"a,b\n1,2\n"] * 2


def test_a_file_that_is_not_there_is_named_before_anything_is_sent(server: ScriptedServer, tmp_path: Path) -> None:
    with gradus.Client(server.url) as client, pytest.raises(LocalFileError, match=r"nowhere\.csv: No such file"):
        client.datasets.upload(tmp_path / "nowhere.csv")
    assert server.requests == []


def test_a_dataset_that_failed_is_an_error_with_its_problem(server: ScriptedServer) -> None:
    why = {"type": "/problems/x", "title": "X", "detail": "The file is empty."}
    server.script = lambda request: Answer(
        200, {**DATASET, "status": "processing" if request.method == "POST" else "failed", "error": why}
    )
    with gradus.Client(server.url) as client, pytest.raises(gradus.DatasetFailed, match="The file is empty") as caught:
        client.datasets.upload([{"a": 1}])
    assert caught.value.problem is not None
    assert server.requests[-1].headers["Prefer"] == "wait=20"


def test_the_key_is_sent_with_each_request(server: ScriptedServer) -> None:
    server.script = lambda _: Answer(200, DATASET)
    with gradus.Client(server.url, api_key="gr_secret") as client:
        client.datasets.get("ds_x")
    assert server.requests[0].headers["Authorization"] == "Bearer gr_secret"


def test_the_environment_sets_the_address_of_the_server(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADUS_URL", server.url + "/")
    monkeypatch.setenv("GRADUS_API_KEY", "gr_env")
    server.script = lambda _: Answer(200, DATASET)
    with gradus.Client() as client:
        client.datasets.get("ds_x")
        assert client.url == server.url
    assert server.requests[0].headers["Authorization"] == "Bearer gr_env"


def test_a_name_is_escaped_in_the_path(server: ScriptedServer) -> None:
    server.script = lambda _: problem(404)
    with gradus.Client(server.url) as client, pytest.raises(gradus.NotFound):
        client.models.get("../datasets?x=1#y")
    assert server.requests[0].path == "/v1/models/..%2Fdatasets%3Fx%3D1%23y"


def test_a_job_takes_a_dataset_or_its_id_and_not_both(server: ScriptedServer) -> None:
    with gradus.Client(server.url) as client:
        with pytest.raises(TypeError, match="one of"):
            client.jobs.create(target="price")
        with pytest.raises(TypeError, match="one of"):
            client.jobs.create(target="price", dataset_id="ds_x", dataset="houses.csv")
    assert server.requests == []


def test_all_options_of_a_job_are_sent(server: ScriptedServer) -> None:
    server.script = lambda _: Answer(202, job())
    with gradus.Client(server.url) as client:
        made = client.jobs.create(target="price", dataset_id=DATASET["id"], epochs=3, early_stopping=None)
    assert json.loads(server.requests[0].body) == {
        "epochs": 3,
        "early_stopping": None,
        "dataset_id": DATASET["id"],
        "target": "price",
    }
    assert isinstance(made.answer, JobResponse)
    assert made.status == "queued"


def job(status: str = "queued", epoch: int = 0, **more: object) -> dict[str, object]:
    return {
        "object": "job",
        "id": "job_06bq2xqm1vfxz5k2v7m0w8c9de",
        "status": status,
        "created_at": "2026-11-22T10:00:00Z",
        "progress": {"epoch": epoch, "epochs": 3, "fraction": epoch / 3},
        "spec": {"dataset_id": DATASET["id"], "target": "price", "a_wish_of_tomorrow": 1},
        "allowed_actions": [],
        **more,
    }


def test_a_number_that_json_cannot_express_is_refused_with_its_place(
    server: ScriptedServer,
) -> None:
    with gradus.Client(server.url) as client, pytest.raises(gradus.Invalid) as refused:
        client.models.explain("houses", [{"a": 1.0}, {"a/b": float("inf")}])
    assert refused.value.errors[0].pointer == "#/rows/1/a~1b"
    assert str(refused.value) == "#/rows/1/a~1b must be a finite number, not inf."
    assert server.requests == []


def test_a_key_that_no_header_can_hold_is_refused_without_showing_it() -> None:
    with pytest.raises(gradus.InvalidApiKey) as refused:
        gradus.Client(api_key="gr_sécret")
    assert "cret" not in str(refused.value)


def test_a_file_whose_reading_fails_is_named(server: ScriptedServer) -> None:
    with gradus.Client(server.url) as client, pytest.raises(LocalFileError, match="/proc/self/mem cannot be read"):
        client.datasets.upload("/proc/self/mem")
