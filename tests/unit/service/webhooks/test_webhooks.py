"""Webhooks over HTTP: creation, secrets that are shown once, refusals, the log and replay."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from store.database import begin_write
from store.tables import DeliveryRow
from store.webhooks import deliveries, events
from store.webhooks.deliveries import Attempt
from tests.unit.service.factories import sessions_of

URL = "https://hooks.example.com/gradus?team=a"


def make(client: FlaskClient, **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/webhooks", json={"url": URL, **more})
    assert answer.status_code == 201, answer.json
    return answer.get_json()


def add_event(app: Flask) -> None:
    with begin_write(sessions_of(app)) as s:
        events.add(s, "local", "job.failed", {"object": "job", "id": "job_1"})


def attempt_next(app: Flask, status: int | None = 500, error: str | None = None) -> str:
    with begin_write(sessions_of(app)) as s:
        claimed = deliveries.claim(s, 30)
        assert claimed is not None
        attempt = Attempt(at=1_764_500_000.0, seconds=0.25, status=status, error=error)
        deliveries.record_attempt(s, claimed.id, claimed.token, attempt)
    return claimed.id


def test_a_webhook_shows_its_secret_once(client: FlaskClient) -> None:
    made = make(client, events=["job.failed", "drift.detected"])
    kind, _, secret = made.pop("secret").partition("_")

    assert kind == "whsec"
    assert len(base64.b64decode(secret, validate=True)) == 32
    assert made == {
        "object": "webhook",
        "id": made["id"],
        "url": URL,
        "events": ["job.failed", "drift.detected"],
        "enabled": True,
        "disabled_reason": None,
        "created_at": made["created_at"],
    }
    assert client.get(f"/v1/webhooks/{made['id']}").get_json() == made
    assert client.get("/v1/webhooks").get_json()["data"] == [made]


def test_a_repeated_request_makes_no_second_webhook_and_shows_no_secret(client: FlaskClient) -> None:
    headers = {"Idempotency-Key": "once"}
    first = client.post("/v1/webhooks", json={"url": URL}, headers=headers)
    again = client.post("/v1/webhooks", json={"url": URL}, headers=headers)

    assert (first.status_code, again.status_code) == (201, 409)
    assert again.get_json()["type"] == "/problems/shown-once"
    assert again.headers["Location"] == first.headers["Location"]
    assert first.get_json()["secret"] not in again.text


def test_a_new_secret_is_shown_once_too(client: FlaskClient) -> None:
    made = make(client)
    rotated = client.post(f"/v1/webhooks/{made['id']}/rotate").get_json()

    assert rotated["secret"] != made["secret"]
    assert rotated["id"] == made["id"]
    assert "secret" not in client.get(f"/v1/webhooks/{made['id']}").get_json()


def test_what_is_left_out_of_a_change_stays(client: FlaskClient) -> None:
    made = make(client, events=["job.failed"])
    path = f"/v1/webhooks/{made['id']}"

    assert client.patch(path, json={}).get_json()["events"] == ["job.failed"]
    changed = client.patch(path, json={"enabled": False}).get_json()
    assert (changed["enabled"], changed["events"], changed["url"]) == (False, ["job.failed"], URL)
    changed = client.patch(path, json={"events": None, "url": "http://other.example.com"}).get_json()
    assert (changed["enabled"], changed["events"], changed["url"]) == (False, None, "http://other.example.com")
    assert client.delete(path).get_json() == {"object": "deleted", "id": made["id"]}
    assert client.patch(path, json={}).status_code == 404


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("ftp://a.example/", "https://"),
        ("hooks.example.com", "https://"),
        ("https://u:p@a.example/", "user"),
        ("https://a.example/#b", "fragment"),
        ("https://ä.example/", "ASCII"),
        ("http://127.0.0.1:8000/v1/keys", "public"),
        ("http://localhost/", "public"),
        ("http://a.localhost./", "public"),
        ("http://10.0.0.8/", "public"),
        ("http://169.254.169.254/latest/meta-data/", "public"),
        ("http://[::1]/", "public"),
        ("http://[::ffff:10.0.0.1]/", "public"),
        ("http://[64:ff9b::a9fe:a9fe]/", "public"),
        ("http://[2002:7f00:1::]/", "public"),
        ("http://[fe80::1]/", "public"),
        ("http://0.0.0.0/", "public"),
        ("http://224.0.0.1/", "public"),
    ],
)
def test_a_url_that_no_event_could_be_sent_to_is_refused(client: FlaskClient, url: str, word: str) -> None:
    webhook = make(client)["id"]
    for answer in (
        client.post("/v1/webhooks", json={"url": url}),
        client.patch(f"/v1/webhooks/{webhook}", json={"url": url}),
    ):
        assert answer.status_code == 422
        [error] = answer.get_json()["errors"]
        assert error["pointer"] == "#/url"
        assert word in error["detail"]


def test_the_operator_may_allow_networks(make_app: Callable[..., Flask]) -> None:
    client = make_app(webhook_allowed_networks="127.0.0.0/8, 10.0.0.0/24").test_client()

    for url in ("http://127.0.0.1:9000/", "http://localhost:9000/", "http://10.0.0.8/", "http://[::ffff:10.0.0.8]/"):
        assert client.post("/v1/webhooks", json={"url": url}).status_code == 201
    assert client.post("/v1/webhooks", json={"url": "http://10.0.1.8/"}).status_code == 422


@pytest.mark.parametrize(
    "spec",
    [{}, {"url": URL, "events": []}, {"url": URL, "events": ["job.began"]}, {"url": URL, "secret": "x"}, {"url": 3}],
)
def test_a_spec_that_is_wrong_is_refused(client: FlaskClient, spec: dict[str, Any]) -> None:
    assert client.post("/v1/webhooks", json=spec).status_code == 422


def test_an_owner_may_have_so_many(make_app: Callable[..., Flask]) -> None:
    client = make_app(webhooks_per_owner=2).test_client()
    first = make(client)
    make(client)
    answer = client.post("/v1/webhooks", json={"url": URL})

    assert answer.status_code == 429
    assert "2 webhooks" in answer.get_json()["detail"]
    client.delete(f"/v1/webhooks/{first['id']}")
    make(client)


def test_the_log_has_every_attempt_and_any_event_can_be_sent_again(app: Flask, client: FlaskClient) -> None:
    webhook = make(client)["id"]
    path = f"/v1/webhooks/{webhook}/deliveries"
    add_event(app)
    delivery = attempt_next(app, None, "no response within 20 s")
    [logged] = client.get(path).get_json()["data"]

    assert (logged["id"], logged["type"], logged["status"]) == (delivery, "job.failed", "pending")
    assert logged["data"] == {"object": "job", "id": "job_1"}
    assert logged["attempts"] == [
        {"at": "2025-11-30T10:53:20.000Z", "seconds": 0.25, "status": None, "error": "no response within 20 s"}
    ]
    assert logged["due_at"] > logged["created_at"]

    again = client.post(f"{path}/{delivery}/replay").get_json()
    assert again["due_at"] < logged["due_at"]
    attempt_next(app, 204)
    assert client.get(f"{path}?status=pending,failed").get_json()["data"] == []
    [arrived] = client.get(f"{path}?status=succeeded").get_json()["data"]
    assert [attempt["status"] for attempt in arrived["attempts"]] == [None, 204]
    assert (arrived["due_at"], arrived["finished_at"] is not None) == (None, True)
    assert client.post(f"{path}/msg_absent/replay").status_code == 404


def test_all_that_failed_is_sent_again(app: Flask, client: FlaskClient) -> None:
    webhook = make(client)["id"]
    for _ in range(3):
        add_event(app)
    attempt_next(app, 204)
    with begin_write(sessions_of(app)) as s:
        s.query(DeliveryRow).filter_by(status="pending").update({"failures": 9})
    attempt_next(app)
    answer = client.post(f"/v1/webhooks/{webhook}/replay").get_json()

    assert answer == {"object": "webhook_replay", "webhook_id": webhook, "deliveries": 1}
    assert client.post("/v1/webhooks/wh_absent/replay").status_code == 404


def test_secrets_are_in_no_other_answer(app: Flask, client: FlaskClient) -> None:
    made = make(client)
    add_event(app)
    for path in ("", f"/{made['id']}", f"/{made['id']}/deliveries"):
        assert made["secret"] not in json.dumps(client.get(f"/v1/webhooks{path}").get_json())


def test_a_test_is_sent_whatever_types_a_webhook_wants(app: Flask, client: FlaskClient) -> None:
    made = make(client, events=["job.failed"])
    path = f"/v1/webhooks/{made['id']}"
    sent = client.post(f"{path}/test")

    assert (sent.status_code, sent.get_json()["status"]) == (202, "pending")
    assert attempt_next(app, 204) == sent.get_json()["id"]
    (logged,) = client.get(f"{path}/deliveries").get_json()["data"]
    assert (logged["type"], logged["status"]) == ("webhook.test", "succeeded")
    assert logged["data"] == {"object": "webhook", "id": made["id"]}
    assert client.post("/v1/webhooks", json={"url": URL, "events": ["webhook.test"]}).status_code == 422


def test_no_test_is_sent_to_a_disabled_webhook(client: FlaskClient) -> None:
    path = f"/v1/webhooks/{make(client)['id']}"
    client.patch(path, json={"enabled": False})
    answer = client.post(f"{path}/test")

    assert (answer.status_code, answer.get_json()["allowed_actions"]) == (409, ["enable"])
    assert client.get(f"{path}/deliveries").get_json()["data"] == []
