"""Isolation of owners: every route without a key, with wrong keys, and with the ids of another owner."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from contract.ids import new_id
from contract.settings import Settings
from service.app import create_app, openapi_text
from store import keys
from store.batches import batches
from store.database import begin_write
from store.webhooks import deliveries, events, webhooks
from tests.unit.service.factories import (
    add_dataset,
    add_history,
    add_job,
    add_model,
    claim,
    insight,
    record,
    sessions_of,
    succeed_job,
    train_model,
)

OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in json.loads(openapi_text())["paths"].items()
    for method, operation in operations.items()
}
GUARDED = [route for route, operation in OPERATIONS.items() if operation["security"]]
SCOPES = ["read", "train", "predict", "admin"]
REQUIRED = {
    "GET /v1/datasets/{dataset_id}/column-strengths": "?target=price",
    "GET /v1/models/{ref}/comparison": "?against=secret",
    "GET /v1/models/{ref}/partial-dependence": "?column=sqft",
    "GET /v1/models/{ref}/similar": "?item=a",
    "GET /v1/models/{ref}/confusion": "?actual=a&predicted=b",
}
"""The query parameters that a route requires."""
ROW = {"sqft": 1200, "area": "north", "garden": True}
TENSORS = [{"name": "sqft", "datatype": "FP64", "shape": [1], "data": [1200]}]


@dataclass(frozen=True)
class Things:
    """The ids of what an owner has, or ids that do not exist."""

    dataset: str
    job: str
    model: str
    name: str
    key: str
    batch: str
    webhook: str
    delivery: str
    sweep: str = "sw_00000000000000000000000000"

    def path(self, path: str) -> str:
        """A path with these things in it."""
        for part, thing in {
            "dataset_id": self.dataset,
            "row": "0",
            "job_id": self.job,
            "ref": self.name,
            "name": self.name,
            "alias": "live",
            "key_id": self.key,
            "version": "1",
            "batch_id": self.batch,
            "webhook_id": self.webhook,
            "delivery_id": self.delivery,
            "sweep_id": self.sweep,
        }.items():
            path = path.replace(f"{{{part}}}", thing)
        assert "{" not in path, "a new kind of thing: give it a place here"
        return path

    def without_names(self, text: str) -> str:
        """A text without their names."""
        for thing in vars(self).values():
            text = text.replace(thing, "…")
        return text


class Asker:
    """Asks any route, as the holder of a key."""

    def __init__(self, app: Flask, owner: str, scopes: list[str]) -> None:
        self._client: FlaskClient = app.test_client()
        with begin_write(sessions_of(app)) as s:
            row, self.key = keys.add(s, id=new_id("key"), owner=owner, name="k", scopes=scopes)  # type: ignore[arg-type] - chosen by the test
        self.key_id = row.id

    def ask(self, route: str, things: Things, query: str = "", authorization: str | None = "mine") -> TestResponse:
        method, path = route.split()
        headers = {"X-Request-Id": "asked"}
        if authorization is not None:
            headers["Authorization"] = f"Bearer {self.key}" if authorization == "mine" else authorization
        query = query or REQUIRED.get(route, "")
        return self._client.open(things.path(path) + query, method=method, headers=headers, **body_of(route, things))


def body_of(route: str, things: Things) -> dict[str, Any]:
    """A body that the route takes, about these things."""
    spec = {"dataset_id": things.dataset, "target": "price"}
    bodies: dict[str, dict[str, Any]] = {
        "POST /v1/datasets": {"data": b"a,b\n1,2\n", "content_type": "text/csv"},
        "POST /v1/jobs": {"json": spec},
        "POST /v1/jobs/validate": {"json": spec},
        "POST /v1/models/{ref}/predict": {"json": ROW},
        "POST /v1/models/{ref}/recommend": {"json": {"user": "a"}},
        "POST /v1/models/{ref}/generate": {"json": {"prompt": "a"}},
        "POST /v1/completions": {"json": {"model": things.name, "prompt": "a"}},
        "POST /v1/models/{ref}/next-tokens": {"json": {"text": "a"}},
        "POST /v1/jobs/{job_id}/replay": {"json": ROW},
        "POST /v1/jobs/{job_id}/activations": {"json": {"layer": 1, "unit": 0, "rows": [ROW]}},
        "POST /v1/jobs/{job_id}/trace": {"json": {"row": {**ROW, "price": 200}}},
        "POST /v1/jobs/{job_id}/token-trace": {"json": {"text": "the cat"}},
        "POST /v1/jobs/{job_id}/feature-maps": {"json": ROW},
        "POST /v1/models/{ref}/explain": {"json": ROW},
        "POST /v1/models/{ref}/feature-maps": {"json": ROW},
        "POST /v1/models/{ref}/feedback": {"json": {"actual": {new_id("prd"): 200}}},
        "POST /v1/models/{ref}/evaluate": {"json": {"dataset_id": things.dataset}},
        "POST /v2/models/{ref}/infer": {"json": {"inputs": TENSORS}},
        "POST /v2/models/{ref}/versions/{version}/infer": {"json": {"inputs": TENSORS}},
        "POST /endpoints/{ref}/invocations": {"json": {"dataframe_records": [ROW]}},
        "POST /invocations": {"json": {"dataframe_records": [ROW]}},
        "POST /mcp": {"json": {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_models"}}},
        "PUT /v1/models/{name}/aliases/{alias}": {"json": {"version": 1}},
        "PATCH /v1/jobs/{job_id}": {"json": {"note": "mine"}},
        "PATCH /v1/datasets/{dataset_id}": {"json": {"note": "mine"}},
        "PATCH /v1/models/{ref}": {"json": {"note": "mine"}},
        "POST /v1/models/{ref}/batches": {"json": {"dataset_id": things.dataset}},
        "POST /v1/webhooks": {"json": {"url": "https://hooks.example.com/"}},
        "PATCH /v1/webhooks/{webhook_id}": {"json": {"enabled": True}},
        "POST /v1/sweeps": {"json": {"base": spec, "trials": 2}},
        "POST /v1/keys": {"json": {"name": "k", "scopes": ["read"]}},
    }
    assert (route in bodies) == ("requestBody" in OPERATIONS[route]), "a new route with a body: give it one here"
    return bodies.get(route, {})


@pytest.fixture(scope="module")
def app(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One installation for all tests, which change nothing that is Ann's."""
    folder = tmp_path_factory.mktemp("owners")
    app = create_app(
        Settings(
            data_dir=folder,
            database_url=f"sqlite:///{shutil.copy(migrated_file, folder / 'gradus.sqlite')}",
            broker_url=f"redis+socket://{folder}/no-broker.sock",
            min_free_bytes=0,
            wrong_keys_per_minute=0,
        )
    )
    yield app
    sessions_of(app).kw["bind"].dispose()


@pytest.fixture(scope="module")
def theirs(app: Flask) -> Things:
    """All that Ann has."""
    dataset = add_dataset(app, owner="ann", name="secret.csv")
    job = add_job(app, owner="ann", dataset_id=dataset)
    held = claim(app)
    record(app, held, 1, 9)
    add_history(app, held, train_model("price"), 9)
    model = succeed_job(app, held, train_model("price"), "secret", insight("price"))
    ann = Asker(app, "ann", ["admin"])
    with begin_write(sessions_of(app)) as s:
        webhook = webhooks.add(s, id=new_id("wh"), owner="ann", url="https://secret.example.com/", events=None).id
        batch = add_batch(s, "ann", dataset, model)
        events.add(s, "ann", "job.succeeded", {"object": "job", "id": job})
        [delivery], _ = deliveries.list_page(s, webhook, 1)
    things = Things(dataset, job, model, "secret", ann.key_id, batch, webhook, delivery.id)
    assert ann.ask("PUT /v1/models/{name}/aliases/{alias}", things).status_code == 200
    sweep = ann.ask("POST /v1/sweeps", things)
    assert sweep.status_code == 202
    return replace(things, sweep=sweep.get_json()["id"])


@pytest.fixture(scope="module")
def nobodys() -> Things:
    return Things(
        new_id("ds"), new_id("job"), new_id("mdl"), "absent", new_id("key"), new_id("bat"), new_id("wh"), new_id("msg")
    )


@pytest.fixture
def bob(app: Flask) -> Asker:
    """Another owner, new in each test, who may do everything that is not about keys."""
    return Asker(app, new_id("key"), ["read", "train", "predict"])


def add_batch(s: Session, owner: str, dataset_id: str, model_id: str) -> str:
    """A batch that has succeeded and left no file."""
    row = batches.add(
        s,
        must_read=False,
        id=new_id("bat"),
        owner=owner,
        model_id=model_id,
        model_name="secret",
        model_version=1,
        dataset_id=dataset_id,
        format="csv",
        columns=[],
        interval=None,
        rows=1,
        rows_rejected=0,
        block_rows=1,
        warnings=[],
        errors=[{"line": 3, "value": "secret"}],
    )
    assert batches.end_batch(s, row.id, (), "succeeded")
    return row.id


def assert_same_response(one: TestResponse, other: TestResponse, theirs: Things, nobodys: Things) -> None:
    """That two answers are alike, apart from what was asked about."""
    assert one.status_code == other.status_code, (one.text, other.text)
    assert theirs.without_names(one.text) == nobodys.without_names(other.text)
    assert [h for h in one.headers if h[0] != "Content-Length"] == [
        h for h in other.headers if h[0] != "Content-Length"
    ]


def test_the_routes_that_need_no_key_are_these() -> None:
    public = {route for route in OPERATIONS if route not in GUARDED}
    assert {route for route in public if not route.startswith(("GET /docs", "GET /page"))} == {
        "GET /",
        "GET /healthz",
        "GET /readyz",
        "GET /openapi.json",
        "GET /problems",
        "GET /problems/{slug}",
        "GET /ping",
        "GET /health",
        "GET /version",
        "GET /v2",
        "GET /v2/health/live",
        "GET /v2/health/ready",
    }


@pytest.mark.parametrize("route", GUARDED)
def test_without_a_valid_key_every_route_is_refused(
    app: Flask, bob: Asker, theirs: Things, nobodys: Things, route: str
) -> None:
    revoked = Asker(app, "ann", ["admin"])
    with begin_write(sessions_of(app)) as s:
        keys.revoke(s, revoked.key_id)
    for authorization in (None, "Bearer gr_short", "Basic YW5uOmFubg==", f"Bearer {revoked.key}"):
        answer = bob.ask(route, theirs, authorization=authorization)
        assert answer.status_code == 401
        assert answer.get_json()["type"] == "/problems/key-required"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert_same_response(answer, bob.ask(route, nobodys, authorization=authorization), theirs, nobodys)


@pytest.mark.parametrize("route", GUARDED)
def test_a_key_has_access_to_its_scope_only(app: Flask, theirs: Things, nobodys: Things, route: str) -> None:
    needed = OPERATIONS[route]["x-scope"]
    sufficient = {scope for way in OPERATIONS[route]["security"] for scope in way["key"]}
    assert needed in sufficient or (needed == "any" and sufficient == set())
    for scope in SCOPES:
        holder = Asker(app, "ann", [scope])
        answer = holder.ask(route, nobodys)
        is_allowed = needed == "any" or scope in {*sufficient, "admin"}
        assert (answer.status_code == 403) is not is_allowed, (scope, answer.text)
        if answer.status_code == 403:
            assert f'scope="{needed}"' in answer.headers["WWW-Authenticate"]
            assert_same_response(holder.ask(route, theirs), answer, theirs, nobodys)


OF_ONE_OWNER = [
    route for route in GUARDED if "/v1/keys" not in route and route not in {"GET /metrics", "GET /v1/access"}
]
"""Keys and figures are the whole installation's: whoever may see them sees those of all owners; and a key its own."""


@pytest.mark.parametrize("route", OF_ONE_OWNER)
def test_resources_of_another_owner_answer_like_missing_ones(
    bob: Asker, theirs: Things, nobodys: Things, route: str
) -> None:
    for query in queries(route, theirs):
        answer = bob.ask(route, theirs, query)
        absent = bob.ask(route, nobodys, nobodys_query(query, theirs, nobodys))
        if route in {"POST /v1/datasets", "POST /v1/webhooks"}:
            assert answer.status_code == absent.status_code == 201
            continue
        assert_same_response(answer, absent, theirs, nobodys)
        assert "secret" not in theirs.without_names(answer.text)
        if "{" in route or route == "POST /v1/jobs":
            assert answer.status_code in {404, 422}
        elif route.startswith("GET"):
            assert next(each for each in answer.get_json().values() if isinstance(each, list)) == []


def queries(route: str, things: Things) -> Iterator[str]:
    """No query, and each parameter of the route by which a thing can be named."""
    yield ""
    for parameter in OPERATIONS[route].get("parameters", []):
        if parameter["in"] != "query":
            continue
        if parameter["name"] == "dataset_id":
            yield f"?dataset_id={things.dataset}"
        elif parameter["name"] == "name":
            yield f"?name={things.name}"
        elif parameter["name"] == "after" and parameter["schema"]["type"] == "string":
            yield f"?after={things.path(after_of(route))}"


def after_of(route: str) -> str:
    """The cursor after which a page of this list goes on."""
    return {
        "datasets": "{dataset_id}",
        "jobs": "{job_id}",
        "models": "{ref}",
        "keys": "{key_id}",
        "batches": "{batch_id}",
        "webhooks": "{webhook_id}",
        "sweeps": "{sweep_id}",
    }[route.split("/")[2]]


def nobodys_query(query: str, theirs: Things, nobodys: Things) -> str:
    for their, absent in zip(vars(theirs).values(), vars(nobodys).values(), strict=True):
        query = query.replace(their, absent)
    return query


@pytest.mark.parametrize("ref", ["{model}", "secret", "secret:1", "secret@live"])
def test_models_of_another_owner_are_not_found_by_any_reference(
    bob: Asker, theirs: Things, nobodys: Things, ref: str
) -> None:
    for route in [route for route in GUARDED if "{ref}" in route]:
        method, path = route.split()
        named = ref.format(model=theirs.model)
        absent = named.replace(theirs.model, nobodys.model).replace("secret", "absent")
        answers = [bob.ask(f"{method} {path}", Things(**{**vars(theirs), "name": name})) for name in (named, absent)]
        assert answers[0].status_code == answers[1].status_code == 404
        assert answers[0].text.replace(named, "…") == answers[1].text.replace(absent, "…")


def test_the_same_requests_answer_their_owner(app: Flask, theirs: Things) -> None:
    ann = Asker(app, "ann", ["admin"])
    for route in GUARDED:
        if route.startswith("GET") and not re.search(
            "rows|content|strengths|output|images|filters|split|similar|item|users|recommendation|confusion|slices|surprises|neuron",
            route,
        ):  # no file, other task
            assert ann.ask(route, theirs).status_code in {200, 204}, route


def test_a_name_and_an_idempotency_key_are_each_owners_own(app: Flask, theirs: Things) -> None:
    add_model(app, train_model("dear"), "secret", owner="bob")
    bob = Asker(app, "bob", ["read", "train"])
    ann = Asker(app, "ann", ["admin"])
    mine, hers = (who.ask("GET /v1/models/{ref}", theirs).get_json() for who in (bob, ann))
    assert (mine["target"], mine["version"]) == ("dear", 1)
    assert (hers["target"], hers["version"]) == ("price", 1)

    made = [
        app.test_client().post(
            "/v1/datasets",
            data=b"a,b\n1,2\n",
            content_type="text/csv",
            headers={"Authorization": f"Bearer {who.key}", "Idempotency-Key": "same"},
        )
        for who in (ann, bob, ann)
    ]
    assert [answer.status_code for answer in made] == [201, 201, 201]
    first, other, again = (answer.get_json()["id"] for answer in made)
    assert first == again != other
