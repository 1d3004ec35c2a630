"""Texts by the client: pieces as they come, the whole answer, and what is done when the server cannot write."""

import json

import pytest

import gradus
from gradus import generations
from tests.unit.gradus.scripted_server import Answer, ReceivedRequest, ScriptedServer
from tests.unit.gradus.test_transport import problem

STREAM = {"Content-Type": "text/event-stream"}
TOKENS = [{"token": "a", "log_probability": -0.5}, {"token": "b", "log_probability": -1.5}]
ANSWER = {
    "model_id": "mdl_1",
    "name": "plays",
    "version": 1,
    "text": "über\n",
    "finish_reason": "stop",
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    "a_field_of_tomorrow": 1,
}


def event(kind: str, data: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


TEXT = event("text", {"text": "üb", "tokens": TOKENS[:1]}) + event("text", {"text": "er\n", "tokens": TOKENS[1:]})
WHOLE = TEXT + event("news_of_tomorrow", {}) + event("end", ANSWER)


def test_a_text_comes_in_pieces_and_the_answer_at_its_end(server: ScriptedServer) -> None:
    server.script = lambda _: Answer(200, WHOLE, STREAM)
    with gradus.Client(server.url) as client:
        stream = client.models.generate("plays", "a", max_tokens=9, stop=["\n"], log_probabilities=0)
        assert [*stream] == ["üb", "er\n"]
        assert stream.answer is not None
        assert (stream.answer.text, stream.answer.finish_reason) == ("über\n", "stop")
        whole = client.models.generate("plays", "a").wait()
    assert [token.model_dump(exclude_none=True) for token in whole.tokens or ()] == TOKENS
    request = server.requests[0]
    assert (request.method, request.path) == ("POST", "/v1/models/plays/generate")
    assert json.loads(request.body) == {"prompt": "a", "max_tokens": 9, "stop": ["\n"], "log_probabilities": 0}
    assert request.headers["Accept"] == "text/event-stream"
    assert json.loads(server.requests[1].body) == {"prompt": "a"}


def test_a_busy_server_is_asked_again(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait_never(_attempt: int) -> float:
        return 0.0

    monkeypatch.setattr(generations, "backoff_seconds", wait_never)

    def script(_: ReceivedRequest) -> Answer:
        return problem(503) if len(server.requests) < 3 else Answer(200, WHOLE, STREAM)

    server.script = script
    with gradus.Client(server.url) as client:
        assert client.models.generate("plays").wait().text == "über\n"
    assert len(server.requests) == 3


def test_what_the_server_refuses_is_raised_at_once(server: ScriptedServer) -> None:
    server.script = lambda _: problem(422)
    with gradus.Client(server.url) as client, pytest.raises(gradus.Invalid):
        client.models.generate("houses").wait()
    with gradus.Client(server.url) as client, pytest.raises(gradus.Invalid, match="#/temperature"):
        client.models.generate("houses", temperature=float("nan")).wait()
    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", [Answer(200, TEXT, STREAM), Answer(hang_up=True)])
def test_a_text_that_breaks_off_is_no_whole_one(server: ScriptedServer, answer: Answer) -> None:
    server.script = lambda _: answer
    with gradus.Client(server.url) as client, pytest.raises((gradus.UnexpectedResponse, gradus.Unreachable)):
        client.models.generate("plays").wait()


def test_what_is_expected_in_a_text_is_asked_for(server: ScriptedServer) -> None:
    token = {"token": "a", "log_probability": None}
    answer = {"model_id": "mdl_1", "name": "plays", "version": 1, "context": 64, "tokens": [token], "next": TOKENS}
    server.script = lambda _: Answer(200, {**answer, "attention": [[[[1.0]]]], "warnings": []})
    with gradus.Client(server.url) as client:
        found = client.models.next_tokens("plays", "a", top=2, attention=True)
    assert [each.token for each in found.next] == ["a", "b"]
    assert found.attention == [[[[1.0]]]]
    assert server.requests[0].path == "/v1/models/plays/next-tokens"
    assert json.loads(server.requests[0].body) == {"text": "a", "top": 2, "attention": True}
