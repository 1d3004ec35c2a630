"""Following a job: the event stream is complete whatever the connection does."""

import json

import pytest

import gradus
from contract.responses import EpochResponse, JobResponse
from gradus import events
from tests.unit.gradus.scripted_server import Answer, ReceivedRequest, ScriptedServer
from tests.unit.gradus.test_transport import job, problem

STREAM = {"Content-Type": "text/event-stream"}
NETS = [(1, 1, 1, 0), (2, 1, 1, 1), (1, 2, 2, 1)]
"""Epochs of two nets: net and epoch, and the last of each net."""


def epoch(number: int) -> dict[str, object]:
    return {"epoch": number, "train_loss": 1 / number, "learning_rate": 0.001, "gradient_norm": 1.0, "seconds": 0.1}


def event(id: str, kind: str, data: object) -> bytes:  # noqa: A002 - its name in the protocol
    return f"id: {id}\nevent: {kind}\ndata: {json.dumps(data)}\n\n".encode()


def follow_job(client: gradus.Client, timeout: float | None = 20.0) -> list[str]:
    return [
        f"epoch {news.epoch}" if isinstance(news, EpochResponse) else news.status
        for news in client.jobs.get("job_x").follow(timeout=timeout)
    ]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(events, "backoff_seconds", lambda _attempt: 0.01)


def test_a_broken_stream_resumes_without_repeating_events(server: ScriptedServer) -> None:
    def script(heard: ReceivedRequest) -> Answer:
        if not heard.path.endswith("/events"):
            return Answer(200, job("succeeded", 3))
        match heard.headers.get("Last-Event-ID"):
            case None:
                return Answer(200, event("2-0", "status", job("running")) + event("2-1", "epoch", epoch(1)), STREAM)
            case "2-1":
                again = event("2-1", "epoch", epoch(1)) + event("2-2", "epoch", epoch(2)) + b"id: 2-3\nevent: ep"
                return Answer(200, again, STREAM)
            case "2-2":
                end = event("3-3", "epoch", epoch(3)) + event("4-3", "end", job("succeeded", 3))
                return Answer(200, b"retry: 1000\n\n: keep-alive\n\n" + end, STREAM)
            case other:
                raise AssertionError(other)

    server.script = script
    with gradus.Client(server.url) as client:
        assert follow_job(client) == ["running", "epoch 1", "epoch 2", "epoch 3", "succeeded"]


def test_without_server_sent_events_the_client_polls(server: ScriptedServer) -> None:
    looks = 0

    def script(heard: ReceivedRequest) -> Answer:
        nonlocal looks
        if heard.path.endswith("/events"):
            return problem(502)
        if "/epochs" in heard.path:
            after = int(heard.path.split("after_epoch=")[1].split("&")[0])
            known = [epoch(number) for number in range(after + 1, min(looks, 3) + 1)]
            return Answer(200, {"object": "list", "data": known[:1], "has_more": len(known) > 1})
        looks += 1
        return Answer(200, job("succeeded" if looks > 3 else "running", looks))

    server.script = script
    with gradus.Client(server.url, retries=0) as client:
        assert follow_job(client) == ["epoch 1", "epoch 2", "running", "epoch 3", "succeeded"]


def test_of_several_nets_each_epoch_is_heard_once(server: ScriptedServer) -> None:
    told = [event(f"2-{a}-{b}", "epoch", {**epoch(number), "net": net}) for net, number, a, b in NETS]
    ended = event("3-2-1", "end", job("succeeded", 3))

    def script(heard: ReceivedRequest) -> Answer:
        if not heard.path.endswith("/events"):
            return Answer(200, job("succeeded", 3))
        rest = [*told[1:], ended] if heard.headers.get("Last-Event-ID") else told[:2]
        return Answer(200, b"".join(rest), STREAM)

    server.script = script
    with gradus.Client(server.url) as client:
        heard = list(client.jobs.get("job_x").follow(timeout=20))
    assert [(each.net, each.epoch) for each in heard if isinstance(each, EpochResponse)] == [(1, 1), (2, 1), (1, 2)]


def test_following_a_finished_job_does_not_wait(server: ScriptedServer) -> None:
    server.script = lambda heard: Answer(204) if heard.path.endswith("/events") else Answer(200, job("failed", 1))
    with gradus.Client(server.url) as client:
        assert follow_job(client) == ["failed"]


def test_a_wait_that_times_out_does_not_change_the_job(server: ScriptedServer) -> None:
    def script(heard: ReceivedRequest) -> Answer:
        if heard.path.endswith("/events"):
            return Answer(200, b": keep-alive\n\n", STREAM)
        nothing = {"object": "list", "data": [], "has_more": False}
        return Answer(200, nothing if "/epochs" in heard.path else job("running"))

    server.script = script
    with gradus.Client(server.url) as client, pytest.raises(gradus.WaitTimeout, match="goes on"):
        follow_job(client, timeout=0.2)
    assert {heard.method for heard in server.requests} == {"GET"}


def test_a_deleted_job_is_not_found(server: ScriptedServer) -> None:
    server.script = lambda heard: problem(404) if heard.path.endswith("/events") else Answer(200, job("running"))
    with gradus.Client(server.url) as client, pytest.raises(gradus.NotFound):
        follow_job(client)


def test_waiting_for_a_job_that_failed_raises_its_problem(server: ScriptedServer) -> None:
    why = {"type": "/problems/diverged", "title": "Diverged", "detail": "The loss is no number after epoch 1."}
    ended = job("failed", 1, error=why)
    server.script = lambda heard: (
        Answer(200, event("1-1", "epoch", epoch(1)) + event("2-1", "end", ended), STREAM)
        if heard.path.endswith("/events")
        else Answer(200, ended)
    )
    seen: list[int] = []
    with (
        gradus.Client(server.url) as client,
        pytest.raises(gradus.JobFailed, match="no number after epoch 1") as caught,
    ):
        client.jobs.get("job_x").wait(on_epoch=lambda news: seen.append(news.epoch))
    assert seen == [1]
    assert isinstance(caught.value.job, JobResponse)
    assert caught.value.problem is not None
    assert caught.value.problem.title == "Diverged"


def test_waiting_for_a_cancelled_job_raises(server: ScriptedServer) -> None:
    server.script = lambda heard: (
        Answer(200, event("2-1", "end", job("cancelled", 1)), STREAM)
        if heard.path.endswith("/events")
        else Answer(200, job("cancelled", 1))
    )
    with gradus.Client(server.url) as client, pytest.raises(gradus.JobCancelled, match="after 1 of 3 epochs"):
        client.jobs.get("job_x").wait()


def test_a_rate_limited_reader_waits_for_retry_after(server: ScriptedServer) -> None:
    def script(heard: ReceivedRequest) -> Answer:
        if not heard.path.endswith("/events"):
            return Answer(200, job("succeeded", 1))
        if sum(earlier.path == heard.path for earlier in server.requests) == 1:
            busy = problem(429)
            busy.headers["Retry-After"] = "0"
            return busy
        return Answer(200, event("1-1", "epoch", epoch(1)) + event("2-1", "end", job("succeeded", 1)), STREAM)

    server.script = script
    with gradus.Client(server.url) as client:
        assert follow_job(client) == ["epoch 1", "succeeded"]
