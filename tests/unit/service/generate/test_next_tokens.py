"""What is expected in a text over HTTP: as the model has it, with attention when asked for, and bounded."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from learning.language.reading import read_text
from service.generate import next_tokens
from tests.unit.service.factories import add_model, train_model
from tests.unit.service.generate.test_generate import train_writer


@pytest.fixture
def poet(app: Flask) -> FlaskClient:
    """A client of an installation with the model `poet`, which writes, and `houses`, which predicts a price."""
    add_model(app, train_writer(), "poet")
    add_model(app, train_model("price"), "houses")
    return app.test_client()


def ask(client: FlaskClient, status: int = 200, ref: str = "poet", **body: Any) -> Any:
    response = client.post(f"/v1/models/{ref}/next-tokens", json=body)
    assert response.status_code == status, response.get_data(as_text=True)
    return response.json


def test_each_token_has_its_probability_and_the_most_probable_ones(poet: FlaskClient) -> None:
    writer = train_writer().writer
    assert writer is not None
    reading = read_text(writer, "the cat", 2)
    answer = ask(poet, text="the cat", top=2)
    assert (answer["object"], answer["name"], answer["version"]) == ("next_tokens", "poet", 1)
    assert "".join([each["token"] for each in answer["tokens"]]) == "the cat"
    assert answer["tokens"][0] == {"token": "t", "log_probability": None}
    for told, read in zip(answer["tokens"][1:], reading.tokens[1:], strict=True):
        assert told["log_probability"] == pytest.approx(read.log_probability)
        assert [each["token"] for each in told["top"]] == [each.token for each in read.top]
    assert [each["token"] for each in answer["next"]] == [each.token for each in reading.next]
    assert answer["context"] == writer.encoder.context
    assert (answer["warnings"], "attention" in answer) == ([], False)


def test_attention_is_told_of_each_layer_head_and_token(poet: FlaskClient) -> None:
    layers = ask(poet, text="the cat", attention=True)["attention"]
    assert [len(layer) for layer in layers] == [2]
    for head in layers[0]:
        assert [len(row) for row in head] == [1, 2, 3, 4, 5, 6, 7]
        assert [sum(row) for row in head] == pytest.approx([1.0] * 7, abs=1e-3)


def test_too_much_attention_is_refused(poet: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(next_tokens, "MAX_ATTENTION_NUMBERS", 50)
    assert ask(poet, text="a man", attention=True)["attention"]
    (error,) = ask(poet, 422, text="the cat", attention=True)["errors"]
    assert (error["pointer"], error["code"]) == ("#/text", "too_long")
    assert "Send a shorter text" in error["detail"]
    assert ask(poet, text="the cat")["next"]


@pytest.mark.parametrize("text", ["x" * 100_000, "\U0001f642\u05e9\u05dc \u202ea\tb\n", "", "\uffff"], ids=len)
def test_hostile_texts_are_answered(poet: FlaskClient, text: str) -> None:
    answer = ask(poet, text=text, attention=True)
    assert 0 < len(answer["tokens"]) <= answer["context"]
    assert len(answer["warnings"]) == (2 if len(text) > 100 else 1 if text else 0)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/text"),
        ({"text": "a\0b"}, "#/text"),
        ({"text": "x" * 100_001}, "#/text"),
        ({"text": "a", "top": 51}, "#/top"),
        ({"text": "a", "attention": "yes"}, "#/attention"),
    ],
)
def test_what_cannot_be_asked_for_is_named(poet: FlaskClient, body: dict[str, Any], pointer: str) -> None:
    assert [error["pointer"] for error in ask(poet, 422, **body)["errors"]] == [pointer]


def test_a_model_of_another_task_says_why_it_expects_nothing(poet: FlaskClient) -> None:
    assert ask(poet, 422, ref="houses", text="a")["type"] == "/problems/not-for-task"
    assert ask(poet, 404, ref="nobody", text="a")["type"] == "/problems/not-found"
