"""Common behaviour of all routes: problems, headers, ids, sizes, types, query strings."""

import gc
import html
import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import create_environ, run_wsgi_app

from contract.problems import PROBLEM_KINDS
from contract.responses import FieldError
from service.app import ROUTES
from service.http.errors import ProblemError, problem_response
from service.http.routing import Routes
from service.services import Context
from store.files import INSTALLATION_KEY
from store.installation import bind_files

SPEC = {"dataset_id": "ds_06f4bsa7x5vkn8q2m1w3c9tzre", "target": "price"}


def problem(response: Any, status: int) -> dict[str, Any]:
    """The problem document of an answer, after a look at what every one has."""
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    document = json.loads(response.get_data())
    assert document["status"] == status
    assert document["type"].removeprefix("/problems/") in PROBLEM_KINDS
    assert document["title"]
    assert document["detail"]
    assert document["instance"] == response.headers["X-Request-Id"]
    return document


def test_an_unknown_address_is_a_problem(client: FlaskClient) -> None:
    assert problem(client.get("/v1/nothing"), 404)["type"] == "/problems/not-found"
    problem(client.get("/v1/datasets/"), 404)
    problem(client.get("//v1/datasets"), 404)


@pytest.mark.parametrize(
    ("path", "address"),
    [("/jobs", "/#/jobs"), ("/models/a%20b:1", "/#/models/a%20b%3A1"), ("/nothing", "/#/nothing")],
)
def test_an_address_typed_into_a_browser_is_that_of_the_page(client: FlaskClient, path: str, address: str) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    answer = client.get(path, headers=browser)

    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    problem(client.get(path), 404)
    problem(client.post(path, headers=browser), 404)
    problem(client.get(f"/v1{path}/nothing/at/all", headers=browser), 404)


def test_a_long_name_is_cut_where_a_problem_repeats_it() -> None:
    name = "n" * 50_000
    error = FieldError(pointer=f"#/{name}", detail=f"has no column '{name}'", code="unknown_column", given=name)
    refused = ProblemError("invalid", f"There is no column '{name}'; choose another.", errors=[error])

    response = problem_response(refused, "req_1")

    assert len(response.get_data()) < 6000
    document = json.loads(response.get_data())
    assert document["detail"].startswith("There is no column 'nnn")
    assert document["detail"].endswith("nnn'; choose another.")


def test_long_paths_and_hosts_leave_nothing_in_memory(app: Flask) -> None:
    def get(number: int) -> None:
        path = f"/v1/models/{number}\U0001f600{'a' * 60_000}".encode().decode("latin-1")
        environ = create_environ() | {
            "REMOTE_ADDR": "127.0.0.1",
            "PATH_INFO": path,
            "HTTP_HOST": f"{number}{'h' * 60_000}",
        }
        _, status, _ = run_wsgi_app(app.wsgi_app, environ, buffered=True)
        assert status.startswith("421")

    get(0)  # creates what the first request needs
    tracemalloc.start()
    for number in range(1, 51):
        get(number)
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < 2_000_000  # one path alone has 240,000 bytes


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    response = client.put("/v1/datasets")

    assert problem(response, 405)["type"] == "/problems/method-not-allowed"
    assert {"GET", "POST"} <= set(response.headers["Allow"].split(", "))


def test_a_reserved_word_of_a_route_is_no_id(client: FlaskClient) -> None:
    assert set(client.options("/v1/jobs/validate").headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    problem(client.get("/v1/jobs/validate"), 405)
    assert "'validated'" in problem(client.get("/v1/jobs/validated"), 404)["detail"]


def test_a_whole_number_may_be_written_with_a_point(client: FlaskClient) -> None:
    def pointers(epochs: str) -> list[str]:
        raw = json.dumps(SPEC | {"epochs": "?"}).replace('"?"', epochs)
        document = problem(client.post("/v1/jobs", data=raw, content_type="application/json"), 422)
        return [error["pointer"] for error in document["errors"]]

    for whole in ("3", "3.0", "3e0", "30e-1"):
        assert pointers(whole) == ["#/dataset_id"]
    for broken in ("3.5", '"3"', "true", "1e300", "0.0"):
        assert pointers(broken) == ["#/epochs"]


def test_an_unknown_method_is_refused(client: FlaskClient) -> None:
    problem(client.open("/v1/datasets", method="BREW"), 405)


@pytest.mark.parametrize("kind", ["text/plain", "", "application/x-www-form-urlencoded", "application/jsonp"])
def test_a_wrong_content_type_names_the_right_ones(client: FlaskClient, kind: str) -> None:
    document = problem(client.post("/v1/jobs", data=json.dumps(SPEC), content_type=kind), 415)

    assert "application/json" in document["detail"]


def test_a_compressed_json_body_is_refused(client: FlaskClient) -> None:
    headers = {"Content-Encoding": "gzip"}

    problem(client.post("/v1/jobs", data=b"x", content_type="application/json", headers=headers), 415)


def test_a_body_without_a_length_is_refused(client: FlaskClient) -> None:
    problem(client.post("/v1/jobs", content_type="application/json"), 411)


def test_a_body_may_come_in_chunks(client: FlaskClient) -> None:
    raw = io.BytesIO(json.dumps(SPEC | {"epochs": 0}).encode())
    environ = {"wsgi.input": raw, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}

    document = problem(client.post("/v1/jobs", content_type="application/json", environ_overrides=environ), 422)

    assert document["errors"][0]["pointer"] == "#/epochs"


class Unread:
    """A body that must not be read."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("was read")


def test_a_body_whose_content_length_is_too_large_is_refused_unread(make_app: Callable[..., Flask]) -> None:
    environ = {"wsgi.input": Unread(), "CONTENT_LENGTH": "1001"}
    client = make_app(max_body_bytes=1000).test_client()

    document = problem(client.post("/v1/jobs", content_type="application/json", environ_overrides=environ), 413)

    assert document["limit"] == 1000


def test_a_chunked_body_is_read_no_further_than_its_limit(make_app: Callable[..., Flask]) -> None:
    endless = io.BytesIO(b" " * 10_000_000)
    environ = {"wsgi.input": endless, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    client = make_app(max_body_bytes=1000).test_client()

    problem(client.post("/v1/jobs", content_type="application/json", environ_overrides=environ), 413)

    assert endless.tell() < 1_000_000


def test_a_body_that_breaks_off_is_refused(client: FlaskClient) -> None:
    environ = {"wsgi.input": io.BytesIO(b'{"a":'), "CONTENT_LENGTH": "100"}

    document = problem(client.post("/v1/jobs", content_type="application/json", environ_overrides=environ), 400)

    assert document["type"] == "/problems/unreadable-body"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[" * 1000 + b"]" * 1000, 422),
        (b'{"a": NaN}', 422),
        (b'{"a": ' + b"9" * 5000 + b"}", 422),
        (b'{"a": "\\u0000"}', 422),
        (b'{"a": "\\ud800"}', 422),
        (b'{"a": 1, "a": 2}', 422),
        (b"\x00\xff\xfe", 400),
        (b"null", 422),
    ],
)
def test_no_body_causes_a_server_error(client: FlaskClient, raw: bytes, status: int) -> None:
    environ = {"wsgi.input": io.BytesIO(raw), "CONTENT_LENGTH": str(len(raw))}

    problem(client.post("/v1/jobs", content_type="application/json", environ_overrides=environ), status)


@pytest.mark.parametrize(
    ("query", "pointer", "suggestion"),
    [
        ("limt=3", "?limt", "limit"),
        ("limit=0", "?limit", None),
        ("limit=x", "?limit", None),
        ("limit=1e3", "?limit", None),
        ("limit=nan", "?limit", None),
        ("limit=101", "?limit", None),
        ("limit=" + "9" * 5000, "?limit", None),
        ("limit=1&limit=2", "?limit", None),
        ("status=redy,failed", "?status", "ready"),
        ("after=%00", "?after", None),
        ("after=" + "x" * 100, "?after", None),
    ],
)
def test_a_wrong_parameter_is_named(client: FlaskClient, query: str, pointer: str, suggestion: str | None) -> None:
    document = problem(client.get(f"/v1/datasets?{query}"), 422)

    assert [(error["pointer"], error["suggestion"]) for error in document["errors"]] == [(pointer, suggestion)]


def test_a_route_without_parameters_takes_none(client: FlaskClient) -> None:
    problem(client.get("/healthz?x=1"), 422)
    problem(client.get("/v1/datasets/ds_1?wait=3"), 422)


@pytest.mark.parametrize("part", ["%00", "%0a", "x" * 300, "%ff%fe", "..%2f..%2fetc%2fpasswd", "'--", "%F0%9F%98%80"])
def test_no_path_causes_a_server_error(client: FlaskClient, part: str) -> None:
    for path in (
        f"/v1/datasets/{part}",
        f"/v1/jobs/{part}",
        f"/v1/models/{part}",
        f"/problems/{part}",
        f"/docs/{part}",
    ):
        problem(client.get(path), 404)


def test_a_valid_request_id_is_returned_and_an_invalid_one_replaced(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": "abc-1.2:3"}).headers["X-Request-Id"] == "abc-1.2:3"
    for odd in ("a b", "ä", "x" * 200, "<script>"):
        made = client.get("/healthz", headers={"X-Request-Id": odd}).headers["X-Request-Id"]
        assert made.startswith("req_")


def test_responses_have_the_security_headers(client: FlaskClient) -> None:
    for path in ("/healthz", "/v1/datasets", "/nothing"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] in {"no-cache", "no-store"}


def test_an_unexpected_exception_is_a_problem_with_a_reference_and_no_details(app: Flask) -> None:
    def explode() -> None:
        raise ZeroDivisionError("a secret")

    app.add_url_rule("/explode", view_func=explode)
    document = problem(app.test_client().get("/explode"), 500)

    assert document["instance"] in document["detail"]
    assert "secret" not in json.dumps(document)


@pytest.mark.parametrize("away", ["sqlite:///{folder}", "postgresql://me:s3cret@127.0.0.1:1/gradus"])
def test_an_unreachable_database_is_503_with_retry_after(
    make_app: Callable[..., Flask], tmp_path: Path, away: str, capsys: pytest.CaptureFixture[str]
) -> None:
    client = make_app(database_url=away.format(folder=tmp_path)).test_client()

    response = client.get("/v1/datasets")

    assert problem(response, 503)["type"] == "/problems/unavailable"
    assert int(response.headers["Retry-After"]) > 0
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["status"], ready.json["database"]) == (503, "down", "down")
    logged = "".join(capsys.readouterr())
    assert "database unavailable" in logged
    assert "s3cret" not in logged
    assert client.get("/healthz").status_code == 200


def test_a_full_disk_refuses_uploads_and_jobs_and_is_not_ready(make_app: Callable[..., Flask]) -> None:
    client = make_app(min_free_bytes=2**62).test_client()

    upload = client.post("/v1/datasets", data=b"a,b\n1,2\n", content_type="text/csv")

    assert problem(upload, 507)["type"] == "/problems/disk-full"
    problem(client.post("/v1/jobs", json=SPEC), 507)
    assert client.get("/readyz").json["disk"] == "full"


def test_files_of_another_database_make_the_service_unready(app: Flask, client: FlaskClient) -> None:
    services = app.extensions["services"]
    bind_files(services.sessions, services.files)
    before = client.get("/readyz")
    services.files.put([b"ins_other"], INSTALLATION_KEY, 100)
    after = client.get("/readyz")

    assert (before.status_code, before.json["installation"]) == (200, "ok")
    assert (after.status_code, after.json["status"], after.json["installation"]) == (503, "down", "mismatch")


def test_an_unreachable_broker_only_degrades_readiness(client: FlaskClient) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert (response.json["status"], response.json["broker"], response.json["database"]) == ("degraded", "down", "ok")


@pytest.mark.parametrize("slug", sorted(PROBLEM_KINDS))
def test_every_problem_type_is_served_as_json_and_html(client: FlaskClient, slug: str) -> None:
    kind = client.get(f"/problems/{slug}").json
    page = client.get(f"/problems/{slug}", headers={"Accept": "text/html,*/*;q=0.8"})

    assert (kind["title"], kind["remedy"]) == (PROBLEM_KINDS[slug].title, PROBLEM_KINDS[slug].remedy)
    assert page.content_type == "text/html; charset=utf-8"
    assert PROBLEM_KINDS[slug].title in html.unescape(page.get_data(as_text=True))


def test_all_problems_are_listed(client: FlaskClient) -> None:
    assert {kind["type"] for kind in client.get("/problems").json["data"]} == {
        kind.type for kind in PROBLEM_KINDS.values()
    }


def test_the_docs_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/docs")

    assert "unsafe" not in page.headers["Content-Security-Policy"]
    for asset in ("/docs/docs.js", "/docs/swagger-ui/swagger-ui.css", "/docs/swagger-ui/swagger-ui-bundle.js"):
        assert asset in page.get_data(as_text=True) or asset.endswith("docs.js")
        loaded = client.get(asset)
        assert loaded.status_code == 200
        again = client.get(asset, headers={"If-None-Match": loaded.headers["ETag"]})
        assert (again.status_code, again.get_data()) == (304, b"")


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://localhost:1", "null", "http://[", ""])
def test_cross_site_requests_change_nothing(client: FlaskClient, origin: str) -> None:
    response = client.post("/v1/jobs", json=SPEC, headers={"Origin": origin})

    assert problem(response, 403)["type"] == "/problems/forbidden"


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 201), ("none", 201)]
)
def test_sec_fetch_site_is_checked_where_no_origin_is_sent(client: FlaskClient, site: str, status: int) -> None:
    headers = {"Sec-Fetch-Site": site}

    assert client.post("/v1/datasets", json={"rows": [{"a": 1}]}, headers=headers).status_code == status


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://elsewhere.example"}],
)
def test_without_a_key_other_sites_have_no_work_done(client: FlaskClient, headers: dict[str, str]) -> None:
    for route in (route for resource in ROUTES for route in resource):
        address = route.path.replace("{ref}", "houses").replace("{name}", "x.js").replace("{", "").replace("}", "")
        is_refused = client.open(address, method=route.method, headers=headers).status_code == 403
        assert is_refused == (route.scope != "public"), f"{route.method} {route.path}"

    link = {**headers, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client.get("/", headers=link).status_code == 200
    key = client.post("/v1/keys", json={"name": "ann", "scopes": ["admin"]}).json["key"]
    assert client.get("/v1/jobs", headers={**headers, "Authorization": f"Bearer {key}"}).status_code == 200


def test_same_origin_requests_may_change_things(client: FlaskClient) -> None:
    response = client.post("/v1/datasets", json={"rows": [{"a": 1}]}, headers={"Origin": "http://localhost"})

    assert response.status_code == 201


def test_a_route_must_declare_who_may_use_it() -> None:
    routes = Routes("things", "Things.")

    with pytest.raises(TypeError, match="scope"):
        routes.get("/things", summary="Things")(lambda call: None)  # type: ignore[typeddict-item] - that is the test


def test_a_route_must_take_the_parts_of_its_path() -> None:
    routes = Routes("things", "Things.")

    def one(context: Context, nam: str) -> Response: ...

    with pytest.raises(TypeError, match="name"):
        routes.get("/things/{name}", scope="read", summary="A thing")(one)
