"""API keys: creation, scopes, owners, revocation within a second, and rate limits on failed attempts."""

import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service.http import auth
from service.operating import bootstrap_key
from store import keys
from store.database import begin_read, begin_write
from store.tables import IdempotencyRow, KeyRow, Row
from tests.databases import on_every_database
from tests.unit.service.factories import add_dataset, add_job, claim, sessions_of


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def make(client: FlaskClient, scopes: list[str], by: str | None = None, **more: str) -> dict[str, Any]:
    """A key as its maker sees it."""
    headers = bearer(by) if by else {}
    answer = client.post("/v1/keys", json={"name": "k", "scopes": scopes, **more}, headers=headers)
    assert answer.status_code == 201, answer.json
    return answer.get_json()


def find_listed_key(client: FlaskClient, by: str, key_id: str) -> dict[str, Any]:
    (found,) = (k for k in client.get("/v1/keys", headers=bearer(by)).get_json()["data"] if k["id"] == key_id)
    return found


def test_without_keys_only_this_machine_has_access(client: FlaskClient) -> None:
    assert client.get("/v1/models").status_code == 200
    for peer in ({"REMOTE_ADDR": "192.0.2.7"}, {"REMOTE_ADDR": ""}, {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}):
        answer = client.get("/v1/models", environ_overrides=peer)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "passed_on",
    [
        *(
            {f"HTTP_{name}": "x"}
            for name in ("VIA", "FORWARDED", "X_FORWARDED_HOST", "X_FORWARDED_PROTO", "X_REAL_IP", "CF_CONNECTING_IP")
        ),
        {"HTTP_TRUE_CLIENT_IP": "192.0.2.7"},
        {"SERVER_PROTOCOL": "HTTP/1"},
        {"SERVER_PROTOCOL": "HTTP/1.0"},
    ],
    ids=str,
)
def test_without_keys_what_a_proxy_passes_on_is_refused(client: FlaskClient, passed_on: dict[str, str]) -> None:
    refused = client.get("/v1/models", environ_overrides=passed_on)
    assert refused.status_code == 401
    assert "gradus keys create" in refused.get_json()["detail"]
    admin = make(client, ["admin"])["key"]
    assert client.get("/v1/models", headers=bearer(admin), environ_overrides=passed_on).status_code == 200


def test_a_required_key_is_required_before_there_is_one(make_app: Callable[..., Flask]) -> None:
    client = make_app(require_key=True).test_client()

    assert client.get("/v1/models").status_code == 401
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "host", ["rebound.example", "rebound.example:8000", "192.0.2.1", "127.0.0.1.example", "", "[::2]"]
)
def test_without_keys_dns_rebinding_is_refused(client: FlaskClient, host: str) -> None:
    page = {"HTTP_HOST": host, "HTTP_ORIGIN": f"http://{host}"}
    for answer in (
        client.get("/v1/models", environ_overrides=page),
        client.post("/v1/datasets", data=b"a\n1\n", content_type="text/csv", environ_overrides=page),
    ):
        assert answer.status_code == 421
        assert answer.get_json()["type"] == "/problems/misdirected-request"
    assert client.get("/v1/datasets").get_json()["data"] == []

    admin = make(client, ["admin"])["key"]
    assert client.get("/v1/models", headers=bearer(admin), environ_overrides=page).status_code == 200


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "127.1.2.3", "[::1]:8000", "a.localhost"]
)
def test_without_keys_every_host_name_of_this_machine_is_accepted(client: FlaskClient, host: str) -> None:
    assert client.get("/v1/models", environ_overrides={"HTTP_HOST": host}).status_code == 200


def test_from_the_first_key_on_every_call_needs_one_but_the_public_ones_do_not(app: Flask, client: FlaskClient) -> None:
    mine = add_dataset(app)
    assert client.get("/v1/models").status_code == 200
    admin = make(client, ["admin"])["key"]

    assert client.get("/v1/models").status_code == 401
    assert client.get(f"/v1/datasets/{mine}", headers=bearer(admin)).status_code == 200
    for public in ("/healthz", "/readyz", "/openapi.json", "/docs", "/problems/key-required"):
        assert client.get(public).status_code in {200, 503}, public


@on_every_database
def test_a_repeated_request_for_a_key_creates_none_and_names_the_first(app: Flask, client: FlaskClient) -> None:
    admin = make(client, ["admin"])["key"]

    def ask(name: str) -> TestResponse:
        headers = {**bearer(admin), "Idempotency-Key": "once"}
        return client.post("/v1/keys", json={"name": name, "scopes": ["read"]}, headers=headers)

    first, again, other = ask("shop"), ask("shop"), ask("another")

    assert (first.status_code, again.status_code, other.status_code) == (201, 409, 422)
    assert again.get_json()["type"] == "/problems/shown-once"
    assert again.headers["Location"] == first.headers["Location"]
    assert first.get_json()["key"] not in again.text
    assert len(client.get("/v1/keys", headers=bearer(admin)).get_json()["data"]) == 2
    with begin_read(sessions_of(app)) as s:
        kept = s.scalars(select(IdempotencyRow)).one()
    assert kept.body == b""


def test_the_first_key_must_be_able_to_make_others(client: FlaskClient) -> None:
    answer = client.post("/v1/keys", json={"name": "k", "scopes": ["predict"]})

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "#/scopes"
    assert client.get("/v1/keys").get_json()["data"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"name": "k", "scopes": []},
        {"name": "k", "scopes": ["public"]},
        {"name": "k", "scopes": ["admin"], "owner": "../x"},
        {"name": "", "scopes": ["admin"]},
        {"scopes": ["admin"]},
    ],
)
def test_a_key_that_makes_no_sense_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    assert client.post("/v1/keys", json=body).status_code == 422


def test_a_key_is_shown_once_and_stored_only_as_a_hash(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    made = make(client, ["admin", "read"])
    key = made["key"]

    assert keys.KEY_PATTERN.fullmatch(key)
    one = client.get(f"/v1/keys/{made['id']}", headers=bearer(key))
    for shown in (one, client.get("/v1/keys", headers=bearer(key))):
        assert key not in shown.text
        assert key[-4:] in shown.text
    assert all(key.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    with begin_read(sessions_of(app)) as s:
        for table in Row.metadata.sorted_tables:
            assert key not in str(s.execute(table.select()).all())


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer gr_", "Bearer gr_" + "x" * 43, "Bearer " + "x" * 9999, "Bearer gr_\xe9", "Basic bWU6bWU="],
)
def test_an_invalid_key_is_refused_with_and_without_keys(client: FlaskClient, authorization: str) -> None:
    before = client.get("/v1/models", headers={"Authorization": authorization})
    make(client, ["admin"])
    after = client.get("/v1/models", headers={"Authorization": authorization})

    assert (before.status_code, after.status_code) == (401, 401)
    assert before.get_json()["detail"] == after.get_json()["detail"]
    assert "invalid_token" in after.headers["WWW-Authenticate"]


def test_a_revoked_key_is_refused_and_stays_listed(client: FlaskClient) -> None:
    admin = make(client, ["admin"])["key"]
    reader = make(client, ["read"], admin)
    assert client.get("/v1/models", headers=bearer(reader["key"])).status_code == 200

    for _ in range(2):
        assert client.delete(f"/v1/keys/{reader['id']}", headers=bearer(admin)).status_code == 200

    assert client.get("/v1/models", headers=bearer(reader["key"])).status_code == 401
    assert find_listed_key(client, admin, reader["id"])["revoked_at"].endswith("Z")
    assert client.delete("/v1/keys/key_gone", headers=bearer(admin)).status_code == 404


@on_every_database
def test_changes_of_keys_by_another_process_take_effect(make_app: Callable[..., Flask]) -> None:
    here, there = make_app().test_client(), make_app().test_client()
    assert there.get("/v1/models").status_code == 200
    admin = make(here, ["admin"])
    assert soon(lambda: there.get("/v1/models").status_code == 401)
    reader = make(here, ["read"], admin["key"])
    assert there.get("/v1/models", headers=bearer(reader["key"])).status_code == 200

    here.delete(f"/v1/keys/{reader['id']}", headers=bearer(admin["key"]))

    assert soon(lambda: there.get("/v1/models", headers=bearer(reader["key"])).status_code == 401)


def soon(condition: Callable[[], bool]) -> bool:
    """Whether it came to be so."""
    until = time.monotonic() + 60
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def test_long_requests_end_when_their_key_is_revoked(app: Flask, client: FlaskClient) -> None:
    job = add_job(app)
    claim(app)
    admin = make(client, ["admin"])["key"]
    reader = make(client, ["read"], admin)
    stream = client.get(f"/v1/jobs/{job}/events", headers=bearer(reader["key"])).iter_encoded()
    assert next(stream).startswith(b"retry")
    assert b"running" in next(stream)

    client.delete(f"/v1/keys/{reader['id']}", headers=bearer(admin))

    assert list(stream) == []


def test_a_key_is_told_what_it_allows(client: FlaskClient) -> None:
    allowed = {"object": "access", "owner": "local", "scopes": ["admin"], "max_body_bytes": 2**26}
    assert client.get("/v1/access").get_json() == allowed
    admin = make(client, ["admin"])["key"]
    key = make(client, ["train", "read"], admin, owner="ann")["key"]

    assert client.get("/v1/access").status_code == 401
    answer = client.get("/v1/access", headers=bearer(key))
    assert answer.get_json() == {**allowed, "owner": "ann", "scopes": ["read", "train"]}


def test_a_key_acts_for_its_owner_and_makes_things_for_it(app: Flask, client: FlaskClient) -> None:
    add_dataset(app)
    admin = make(client, ["admin"])["key"]
    ann = make(client, ["read", "train"], admin, owner="ann")
    assert ann["owner"] == "ann"

    made = client.post("/v1/datasets?name=t", data=b"a,b\n1,2\n", content_type="text/csv", headers=bearer(ann["key"]))

    assert made.status_code == 201
    hers = client.get("/v1/datasets", headers=bearer(ann["key"])).get_json()["data"]
    assert [d["id"] for d in hers] == [made.get_json()["id"]]
    assert made.get_json()["id"] not in client.get("/v1/datasets", headers=bearer(admin)).text
    of_ann = client.get("/v1/keys?owner=ann", headers=bearer(admin)).get_json()["data"]
    assert [k["id"] for k in of_ann] == [ann["id"]]


@on_every_database
def test_the_last_use_of_a_key_is_recorded_to_the_hour(app: Flask, client: FlaskClient) -> None:
    admin = make(client, ["admin"])
    assert client.get(f"/v1/keys/{admin['id']}", headers=bearer(admin["key"])).get_json()["last_used_at"] is not None
    for age, changes in ((3500, False), (3700, True)):
        with begin_write(sessions_of(app)) as s:
            then = s.get_one(KeyRow, admin["id"]).created_at - age
            s.execute(update(KeyRow).values(last_used_at=then))
        app.extensions["services"].authenticator.clear_cache()
        client.get("/v1/models", headers=bearer(admin["key"]))
        with begin_read(sessions_of(app)) as s:
            assert (s.get_one(KeyRow, admin["id"]).last_used_at != then) is changes


def test_one_request_refreshes_a_cached_key_and_no_other_waits(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = make(client, ["admin"])["key"]
    assert client.get("/v1/models", headers=bearer(admin)).status_code == 200
    find, asking, answer = keys.authenticate, list[str](), threading.Event()

    def slow(s: Session, key: str) -> keys.AuthenticatedKey | None:
        asking.append(key)
        assert answer.wait(60)
        return find(s, key)

    monkeypatch.setattr(keys, "authenticate", slow)
    monkeypatch.setattr(auth, "REFRESH_SECONDS", 0.0)
    monkeypatch.setattr(auth, "MAX_CACHE_SECONDS", 3600.0)
    one = threading.Thread(target=client.get, args=("/v1/models",), kwargs={"headers": bearer(admin)})
    one.start()
    while not asking and one.is_alive():
        time.sleep(0.001)

    others = [app.test_client().get("/v1/models", headers=bearer(admin)).status_code for _ in range(3)]
    asked = list(asking)
    answer.set()
    one.join(60)

    assert others == [200] * 3
    assert asked == [admin]


def test_the_first_key_goes_to_a_file_that_others_cannot_read(
    app: Flask, client: FlaskClient, tmp_path: Path, database_url: str
) -> None:
    file = tmp_path / "admin.key"
    (tmp_path / "admin.key.part").write_text("left by one that was killed")

    bootstrap_key.create_key(database_url, file, "ann")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = file.read_text().strip()
    (found,) = client.get("/v1/keys", headers=bearer(key)).get_json()["data"]
    assert (found["owner"], found["scopes"]) == ("ann", ["admin"])
    assert "nothing was made" in bootstrap_key.create_key(database_url, tmp_path / "other")
    assert not (tmp_path / "other").exists()

    client.delete(f"/v1/keys/{found['id']}", headers=bearer(key))
    bootstrap_key.create_key(database_url, file)
    assert client.get("/v1/models", headers=bearer(file.read_text().strip())).status_code == 200


def test_the_first_key_overwrites_nothing_that_is_no_key(
    app: Flask, client: FlaskClient, tmp_path: Path, database_url: str
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("words")
    for file in (precious, tmp_path / "no folder" / "key"):
        with pytest.raises(bootstrap_key.KeyFileError, match="key"):
            bootstrap_key.create_key(database_url, file)

    assert precious.read_text() == "words"
    assert client.get("/v1/keys").get_json()["data"] == []
