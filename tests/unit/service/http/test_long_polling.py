"""Long polling with `Prefer: wait`, and 304 without a change."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from service.http.long_polling import parse_wait
from store import datasets
from store.database import begin_write


@pytest.fixture
def unread_dataset(make_app: Callable[..., Flask]) -> tuple[Flask, str]:
    """An app and the id of a dataset that no worker has read yet."""
    app = make_app(inline_read_bytes=0)
    response = app.test_client().post("/v1/datasets", data=b"a,b\n1,2\n", content_type="text/csv")
    return app, response.json["id"]


def finish(app: Flask, dataset_id: str) -> None:
    """The end of reading, as a worker records it."""
    with begin_write(app.extensions["services"].sessions) as s:
        assert datasets.mark_failed(
            s, dataset_id, 0, {"type": "/problems/no-rows", "title": "No rows", "detail": "None."}
        )


def ask(app: Flask, dataset_id: str, **headers: str) -> Any:
    return app.test_client().get(f"/v1/datasets/{dataset_id}", headers=headers)


def test_a_waiting_get_answers_when_the_state_changes(unread_dataset: tuple[Flask, str]) -> None:
    app, dataset_id = unread_dataset
    answers: list[Any] = []
    waiter = threading.Thread(target=lambda: answers.append(ask(app, dataset_id, Prefer="wait=60")))
    waiter.start()
    waiter.join(0.3)
    assert waiter.is_alive()

    finish(app, dataset_id)
    waiter.join(30)

    assert answers[0].json["status"] == "failed"
    assert answers[0].json["error"]["detail"] == "None."
    assert answers[0].headers["Preference-Applied"] == "wait=60"


def test_a_waiting_get_answers_when_its_seconds_are_over(unread_dataset: tuple[Flask, str]) -> None:
    assert ask(*unread_dataset, Prefer="wait=1").json["status"] == "processing"


def test_a_get_does_not_wait_in_a_terminal_state(unread_dataset: tuple[Flask, str]) -> None:
    app, dataset_id = unread_dataset
    finish(app, dataset_id)

    assert ask(app, dataset_id, Prefer="wait=60").json["status"] == "failed"


def test_a_waiting_get_of_an_unknown_id_is_not_found(unread_dataset: tuple[Flask, str]) -> None:
    app, _ = unread_dataset

    assert ask(app, "ds_none", Prefer="wait=60").status_code == 404


def test_a_waiting_get_of_a_dataset_deleted_meanwhile_is_not_found(unread_dataset: tuple[Flask, str]) -> None:
    app, dataset_id = unread_dataset
    answers: list[Any] = []
    waiter = threading.Thread(target=lambda: answers.append(ask(app, dataset_id, Prefer="wait=60")))
    waiter.start()
    waiter.join(0.2)

    app.test_client().delete(f"/v1/datasets/{dataset_id}")
    waiter.join(30)

    assert answers[0].status_code == 404


def test_an_unchanged_response_is_304(unread_dataset: tuple[Flask, str]) -> None:
    app, dataset_id = unread_dataset
    tag = ask(app, dataset_id).headers["ETag"]

    same = ask(app, dataset_id, **{"If-None-Match": tag})
    finish(app, dataset_id)
    changed = ask(app, dataset_id, **{"If-None-Match": tag})

    assert (same.status_code, same.get_data(), same.headers["ETag"]) == (304, b"", tag)
    assert (changed.status_code, changed.json["status"]) == (200, "failed")
    assert changed.headers["ETag"] != tag


def test_an_outdated_etag_gets_the_new_response_at_once(unread_dataset: tuple[Flask, str]) -> None:
    app, dataset_id = unread_dataset

    assert ask(app, dataset_id, **{"If-None-Match": '"old"', "Prefer": "wait=60"}).json["status"] == "processing"


def test_without_a_free_slot_a_waiting_get_is_answered_at_once(make_app: Callable[..., Flask]) -> None:
    app = make_app(inline_read_bytes=0, service_threads=3)
    dataset_id = app.test_client().post("/v1/datasets", data=b"a,b\n1,2\n", content_type="text/csv").json["id"]

    with app.extensions["services"].connection_slots.waits.acquire("local") as taken:
        assert taken
        assert ask(app, dataset_id, Prefer="wait=60").json["status"] == "processing"
        assert app.test_client().post("/v1/datasets", json={"rows": [{"a": 1}]}).status_code == 201


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=30", 30),
        ("WAIT = 5", 5),
        ('respond-async, wait="7"', 7),
        ("wait=3; x=y", 3),
        ("wait=9999", 60),
        ("wait=0", 0),
        ("", None),
        ("wait=-1", None),
        ("wait=x", None),
        ("await=5", None),
        ("wait=1e9", None),
        ("wait=99999999999999999999", None),
    ],
)
def test_the_preference_is_read_as_rfc_7240_writes_it(prefer: str, seconds: float | None) -> None:
    assert parse_wait(prefer) == seconds
