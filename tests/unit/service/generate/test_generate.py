"""Texts over HTTP: whole or in events, the same for a seed, bounded, and refused where a model does not write."""

import json
import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from learning.language.sampling import GenerateOptions
from learning.model import Model, create_model
from service.generate import text_generation
from service.http.errors import ProblemError
from tests.unit.learning.language.test_prepare import create_trainer, prepare  # pyright: ignore[reportUnknownVariableType]
from tests.unit.service.factories import add_model, train_model

EVENTS = {"Accept": "text/event-stream"}


@cache
def train_writer(tokenizer: str = "characters") -> Model:
    """A model that learned a little of a text with the tokens of a tokenizer."""
    prepared = prepare(tokenizer=tokenizer)
    trainer = create_trainer(prepared, epochs=2)
    for _ in trainer.run():
        pass
    return create_model(prepared, trainer.net)


@pytest.fixture
def poet(app: Flask) -> FlaskClient:
    """A client of an installation with the model `poet`, which writes, and `houses`, which predicts a price."""
    add_model(app, train_writer(), "poet")
    add_model(app, train_model("price"), "houses")
    return app.test_client()


def generate(client: FlaskClient, status: int = 200, ref: str = "poet", **body: Any) -> Any:
    response = client.post(f"/v1/models/{ref}/generate", json=body)
    assert response.status_code == status, response.get_data(as_text=True)
    return response.json


def read_events(response: Any) -> Iterator[tuple[str, Any]]:
    """The kinds of events, and their data."""
    for event in response.get_data(as_text=True).split("\n\n")[:-1]:
        kind, data = event.split("\n")
        yield kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_a_text_is_that_of_the_model_and_its_tokens_are_counted(poet: FlaskClient) -> None:
    answer = generate(poet, prompt="the cat", max_tokens=30, seed=3, temperature=1.0)

    options = GenerateOptions(max_tokens=30, seed=3, temperature=1.0)
    writer = train_writer().writer
    assert writer is not None
    assert answer["text"] == "".join([token.text for token in writer.write("the cat", options)])
    assert (answer["object"], answer["name"], answer["version"]) == ("generation", "poet", 1)
    assert answer["finish_reason"] == "length"
    assert answer["usage"] == {"prompt_tokens": 7, "completion_tokens": 30, "total_tokens": 37}
    assert "tokens" not in answer


def test_a_seed_repeats_a_text_and_another_one_does_not(poet: FlaskClient) -> None:
    texts = [generate(poet, prompt="a", max_tokens=60, seed=seed, temperature=1.0)["text"] for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_it_ends_before_a_stop(poet: FlaskClient) -> None:
    whole = generate(poet, prompt="the", max_tokens=60)["text"]
    stop = whole[20:23]
    for stops in (stop, ["never there", stop]):
        answer = generate(poet, prompt="the", max_tokens=60, stop=stops)
        assert answer["text"] == whole[: whole.index(stop)]
        assert answer["finish_reason"] == "stop"


def test_events_carry_the_same_text_piece_by_piece(poet: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_generation, "PIECE_SECONDS", 0.0)
    body: dict[str, Any] = {"prompt": "the", "max_tokens": 25, "log_probabilities": 2}
    whole = generate(poet, **body)
    response = poet.post("/v1/models/poet/generate", json=body, headers=EVENTS)

    assert response.content_type == "text/event-stream"
    *pieces, (kind, end) = read_events(response)
    assert [kind for kind, _ in pieces] == ["text"] * 25
    assert "".join([data["text"] for _, data in pieces]) == whole["text"]
    assert [token for _, data in pieces for token in data["tokens"]] == whole.pop("tokens")
    assert (kind, end) == ("end", whole)


def test_pieces_that_follow_one_another_at_once_are_one_event(poet: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(text_generation, "PIECE_SECONDS", 1e6)
    response = poet.post("/v1/models/poet/generate", json={"max_tokens": 25}, headers=EVENTS)
    events = [*read_events(response)]
    assert [kind for kind, _ in events] == ["text", "text", "end"]
    assert events[0][1]["text"] + events[1][1]["text"] == events[2][1]["text"]


def test_log_probabilities_are_told_when_asked_for(poet: FlaskClient) -> None:
    tokens = generate(poet, prompt="the", max_tokens=10, log_probabilities=3, temperature=0.0)["tokens"]
    for token in tokens:
        assert [each["log_probability"] for each in token["top"]] == sorted(
            [each["log_probability"] for each in token["top"]], reverse=True
        )
        assert token["top"][0] == {"token": token["token"], "log_probability": token["log_probability"]}
        assert sum(math.exp(each["log_probability"]) for each in token["top"]) <= 1 + 1e-9
    alone = generate(poet, prompt="the", max_tokens=10, log_probabilities=0, temperature=0.0)["tokens"]
    assert [each["token"] for each in alone] == [each["token"] for each in tokens]
    assert "top" not in alone[0]


def test_a_text_ends_when_its_time_is_over(poet: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_generation, "MAX_SECONDS", 0.0)
    answer = generate(poet, prompt="the", max_tokens=100)
    assert (answer["finish_reason"], answer["usage"]["completion_tokens"]) == ("time", 1)


def test_what_was_held_back_is_told_when_the_time_is_over(poet: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = generate(poet, prompt="the", max_tokens=1)["text"]
    monkeypatch.setattr(text_generation, "MAX_SECONDS", 0.0)
    answer = generate(poet, prompt="the", max_tokens=100, stop=[f"{whole}\n\n\n"])
    assert (answer["finish_reason"], answer["text"]) == ("time", whole)


def test_nothing_is_written_for_a_client_that_is_gone(
    app: Flask, poet: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_generation, "CHECK_SECONDS", 0.0)
    asked = list[tuple[str, int]]()

    def has_sender(address: str, received: int) -> bool:
        asked.append((address, received))
        return False

    monkeypatch.setattr(app.extensions["services"].connection_slots, "has_sender", has_sender)
    assert generate(poet, prompt="the", max_tokens=100)["usage"]["completion_tokens"] == 1
    assert asked == [("127.0.0.1", len(b'{"prompt": "the", "max_tokens": 100}'))]


def test_a_stream_ends_when_the_key_is_revoked(poet: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_generation, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr("service.http.auth.Authenticator.authenticate", _Once())
    response = poet.post("/v1/models/poet/generate", json={"max_tokens": 25}, headers=EVENTS)
    assert response.status_code == 200
    assert "end" not in [kind for kind, _ in read_events(response)]


def test_places_are_bounded_and_given_back(app: Flask, poet: FlaskClient) -> None:
    waits = app.extensions["services"].connection_slots.waits
    held = 0
    while waits.take("local"):
        held += 1
    refused = poet.post("/v1/models/poet/generate", json={"max_tokens": 5})
    assert (refused.status_code, refused.get_json()["type"]) == (503, "/problems/unavailable")
    assert refused.headers["Retry-After"]
    waits.release("local")
    for headers in ({}, EVENTS, {}):
        with poet.post("/v1/models/poet/generate", json={"max_tokens": 5}, headers=headers) as answer:
            assert answer.status_code == 200
            assert answer.get_data()
    assert held == waits.max_by_owner


@pytest.mark.parametrize("tokenizer", ["characters", "bytes", "subwords"])
@pytest.mark.parametrize("prompt", ["x" * 100_000, "\U0001f642\u05e9\u05dc \u202ea\tb\n", " " * 1000, ""], ids=len)
def test_hostile_prompts_are_answered(app: Flask, tokenizer: str, prompt: str) -> None:
    add_model(app, train_writer(tokenizer), "poet")
    answer = generate(app.test_client(), prompt=prompt, max_tokens=5)
    assert len(answer["text"]) <= 5 * 64
    assert answer["usage"]["completion_tokens"] == 5


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"prompt": "a\0b"}, "#/prompt"),
        ({"prompt": "x" * 100_001}, "#/prompt"),
        ({"max_tokens": 0}, "#/max_tokens"),
        ({"max_tokens": 10_001}, "#/max_tokens"),
        ({"temperature": -1}, "#/temperature"),
        ({"top_k": 0}, "#/top_k"),
        ({"top_p": 1.5}, "#/top_p"),
        ({"seed": -1}, "#/seed"),
        ({"stop": ["word"] * 10_000}, "#/stop"),
        ({"stop": ""}, "#/stop"),
        ({"log_probabilities": 6}, "#/log_probabilities"),
        ({"promt": "a"}, "#/promt"),
    ],
)
def test_what_cannot_be_asked_for_is_named(poet: FlaskClient, body: dict[str, Any], pointer: str) -> None:
    refused = generate(poet, 422, **body)
    assert {error["pointer"].rsplit("/list", 1)[0] for error in refused["errors"]} >= {pointer}


def test_a_lone_surrogate_is_refused(poet: FlaskClient) -> None:
    refused = poet.post("/v1/models/poet/generate", data=b'{"prompt": "\\ud800"}', content_type="application/json")
    assert refused.status_code in {400, 422}


def test_a_model_of_another_task_says_why_it_does_not_write(poet: FlaskClient) -> None:
    refused = generate(poet, 422, ref="houses", prompt="a")
    assert refused["type"] == "/problems/not-for-task"
    assert "houses:1 is a model of regression" in refused["detail"]
    assert generate(poet, 404, ref="nobody")["type"] == "/problems/not-found"


def test_tokens_are_counted_for_the_operator(app: Flask, poet: FlaskClient) -> None:
    generate(poet, max_tokens=12)
    assert "gradus_written_tokens_total 12.0" in poet.get("/metrics").get_data(as_text=True)


class _Once:
    """Authenticates as the only owner, once for the request, and once for each look at the database."""

    def __init__(self) -> None:
        self.left = 3

    def __call__(self, *_: object) -> str:
        self.left -= 1
        if self.left < 0:
            raise ProblemError("key-required", "The key was revoked.")
        return "local"
