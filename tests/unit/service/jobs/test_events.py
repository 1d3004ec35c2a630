"""The event stream of a job: complete and ordered for every reader, from any Last-Event-ID."""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from contract.responses import EpochResponse, JobResponse
from service.jobs.events import Cursor, Event, ReaderState, stream_events
from store.database import begin_write
from store.jobs import jobs
from tests.databases import on_every_database
from tests.unit.service.factories import add_job, claim, record, sessions_of, succeed_job, train_model

StreamedEvent = tuple[str, str, Any]
"""An event's id, kind and data."""


def parse_events(chunks: Sequence[bytes]) -> list[StreamedEvent]:
    events: list[StreamedEvent] = []
    for block in b"".join(chunks).decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            events.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return events


def read_all(client: FlaskClient, job_id: str, after: str | None = None) -> list[StreamedEvent]:
    response = client.get(f"/v1/jobs/{job_id}/events", headers={"Last-Event-ID": after} if after else {})
    assert response.status_code == 200
    assert response.content_type == "text/event-stream"
    return parse_events([response.data])


def finish(app: Flask, epochs: int) -> str:
    job_id = add_job(app, epochs=epochs)
    held = claim(app)
    record(app, held, 1, epochs)
    succeed_job(app, held, train_model("price"), "houses")
    return job_id


def cursors(events: Sequence[StreamedEvent]) -> list[Cursor]:
    return [Cursor.parse(identity) for identity, _, _ in events]


def test_a_finished_job_streams_all_epochs_then_its_status_then_the_end(app: Flask, client: FlaskClient) -> None:
    events = read_all(client, finish(app, 5))

    assert [kind for _, kind, _ in events] == ["epoch"] * 5 + ["status", "end"]
    assert [EpochResponse.model_validate(data).epoch for _, kind, data in events if kind == "epoch"] == [1, 2, 3, 4, 5]
    assert JobResponse.model_validate_json(json.dumps(events[-1][2])).status == "succeeded"


def test_ids_only_rise(app: Flask, client: FlaskClient) -> None:
    found = cursors(read_all(client, finish(app, 5)))

    assert found == sorted(found)
    assert found[-1] > found[-2]


def test_a_stream_resumes_after_any_last_event_id(app: Flask, client: FlaskClient) -> None:
    job_id = finish(app, 5)
    whole = read_all(client, job_id)

    for received, (last, _, _) in enumerate(whole[:-1], start=1):
        rest = read_all(client, job_id, last)
        assert [data["epoch"] for _, kind, data in rest if kind == "epoch"] == list(range(received + 1, 6))
        assert [kind for _, kind, _ in rest][-2:] == ["status", "end"]


def test_a_reader_past_the_end_gets_204(app: Flask, client: FlaskClient) -> None:
    job_id = finish(app, 5)
    last, _, _ = read_all(client, job_id)[-1]

    response = client.get(f"/v1/jobs/{job_id}/events", headers={"Last-Event-ID": last})

    assert (response.status_code, response.data) == (204, b"")


def test_an_unknown_last_event_id_starts_from_the_beginning(app: Flask, client: FlaskClient) -> None:
    job_id = finish(app, 3)

    for strange in ("", "nonsense", "1", "-", "9999999999-1", "1-99999", "-1--1", "1-1-1", "²-²", "9" * 400 + "-1"):
        events = read_all(client, job_id, strange)
        assert [kind for _, kind, _ in events] == ["epoch", "epoch", "epoch", "status", "end"], strange


@on_every_database
def test_epochs_over_several_queries_are_all_streamed(app: Flask, client: FlaskClient) -> None:
    events = read_all(client, finish(app, 2_345))

    assert [data["epoch"] for _, kind, data in events if kind == "epoch"] == list(range(1, 2_346))
    assert cursors(events) == sorted(cursors(events))


@on_every_database
def test_readers_of_a_running_job_get_each_event_as_it_happens(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    readers = [client.get(f"/v1/jobs/{job_id}/events").iter_encoded() for _ in range(3)]

    def next_events() -> list[list[tuple[str, Any]]]:
        return [[(kind, data) for _, kind, data in parse_events([next(reader)])] for reader in readers]

    def kinds() -> list[list[str]]:
        return [[kind for kind, _ in events] for events in next_events()]

    assert [b"".join(islice(reader, 1)) for reader in readers] == [b"retry: 1000\n\n"] * 3
    queued = next_events()
    assert [events[0][1]["status"] for events in queued] == ["queued"] * 3
    assert [events[0][1]["progress"]["queue_position"] for events in queued] == [0] * 3
    held = claim(app)
    assert [events[0][1]["status"] for events in next_events()] == ["running"] * 3
    record(app, held, 1, 2)
    assert kinds() == [["epoch", "epoch"]] * 3
    record(app, held, 3, 3)
    assert kinds() == [["epoch"]] * 3
    with begin_write(sessions_of(app)) as s:
        jobs.cancel(s, "local", job_id)
    assert kinds() == [["status", "end"]] * 3
    assert [list(reader) for reader in readers] == [[], [], []]


def test_a_stream_ends_when_its_job_is_deleted(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    reader = client.get(f"/v1/jobs/{job_id}/events").iter_encoded()
    received = list(islice(reader, 2))
    with begin_write(sessions_of(app)) as s:
        jobs.cancel(s, "local", job_id)
        jobs.delete(s, "local", job_id)

    assert [kind for _, kind, _ in parse_events(received)] == ["status"]
    assert list(reader) == []


def test_over_the_limit_of_readers_a_stream_is_refused(make_app: Callable[..., Flask]) -> None:
    app = make_app(service_threads=2)
    client = app.test_client()
    job_id = add_job(app)
    staying = client.get(f"/v1/jobs/{job_id}/events").iter_encoded()
    list(islice(staying, 2))

    refused = client.get(f"/v1/jobs/{job_id}/events")
    answered = client.post(f"/v1/jobs/{job_id}/cancel")

    assert (refused.status_code, refused.json["type"]) == (503, "/problems/unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    assert answered.status_code == 200
    assert [kind for _, kind, _ in parse_events(list(staying))] == ["status", "end"]


def test_a_reader_that_disconnects_frees_its_slot(make_app: Callable[..., Flask]) -> None:
    app = make_app(service_threads=2)
    client = app.test_client()
    job_id = add_job(app)
    for _ in range(3):
        response = client.get(f"/v1/jobs/{job_id}/events")
        list(islice(response.iter_encoded(), 2))
        response.close()

    staying = client.get(f"/v1/jobs/{job_id}/events").iter_encoded()
    list(islice(staying, 2))
    client.post(f"/v1/jobs/{job_id}/cancel")

    assert [kind for _, kind, _ in parse_events(list(staying))] == ["status", "end"]


def test_an_unknown_job_has_no_events(client: FlaskClient) -> None:
    response = client.get("/v1/jobs/job_00000000000000000000000000/events")

    assert response.status_code == 404
    assert response.content_type == "application/problem+json"


def test_another_owners_job_has_no_events(app: Flask, client: FlaskClient) -> None:
    assert client.get(f"/v1/jobs/{add_job(app, owner='somebody')}/events").status_code == 404


def test_comments_keep_an_idle_stream_alive() -> None:
    looks: Iterator[list[Event] | None] = iter([[], [], [], None])

    chunks = list(
        stream_events(lambda _: next(looks), Cursor(), may_wait=lambda: True, poll_seconds=0.0, keep_alive_seconds=0.0)
    )

    assert chunks[1:] == [b": keep-alive\n\n"] * 3


def test_a_comment_is_sent_only_after_the_keep_alive_interval() -> None:
    looks: Iterator[list[Event] | None] = iter([[], [], [], None])

    chunks = list(
        stream_events(lambda _: next(looks), Cursor(), may_wait=lambda: True, poll_seconds=0.0, keep_alive_seconds=60.0)
    )

    assert chunks[1:] == []


def test_each_query_starts_after_the_last_event_sent() -> None:
    asked: list[ReaderState] = []
    first = Event("epoch", "{}", ReaderState(Cursor(4, (7,)), "running"))

    def look(received: ReaderState) -> list[Event] | None:
        asked.append(received)
        return [first] if len(asked) == 1 else None

    list(stream_events(look, Cursor(3, (6,)), may_wait=lambda: True))

    assert asked == [ReaderState(Cursor(3, (6,))), first.state]
