"""The trace of a training step on a token over HTTP: its tokens, its loss, its bounds, and what refuses it."""

from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.token_trace import TokenTraceResponse
from tests.unit.service.factories import add_history, add_job, add_model, claim, record, train_model
from tests.unit.service.generate.test_generate import train_writer

EPOCHS = 3


def add_net(app: Flask, tokenizer: str | None) -> str:
    """A running job whose net writes with such tokens, or predicts a price."""
    job_id = add_job(app)
    held = claim(app)
    record(app, held, 1, EPOCHS)
    add_history(app, held, train_model("price") if tokenizer is None else train_writer(tokenizer), EPOCHS)
    return job_id


def ask(client: FlaskClient, job_id: str, status: int = 200, **body: Any) -> Any:
    response = client.post(f"/v1/jobs/{job_id}/token-trace", json=body)
    assert response.status_code == status, response.get_data(as_text=True)
    return response.json


def test_a_token_is_traced_to_its_loss_and_back(app: Flask, client: FlaskClient) -> None:
    job_id = add_net(app, "characters")
    found = TokenTraceResponse.model_validate(ask(client, job_id, text="the cat"))
    assert "".join([each.token for each in found.tokens]) == "the ca"
    assert (found.expected.token, found.epoch, found.warnings) == ("t", EPOCHS, [])
    assert [layer.type for layer in found.layers][:4] == ["embedding", "norm", "attention", "residual"]
    (attention,) = [layer.attention for layer in found.layers if layer.attention is not None]
    assert [len(head) for head in attention] == [6, 6]
    probabilities = {each.id: each for each in found.logits}
    own = probabilities[found.expected.id]
    assert own.probability is not None
    assert own.gradient is not None
    assert own.gradient == pytest.approx(own.probability - 1)
    assert found.loss == pytest.approx(-np.log(own.probability), rel=1e-5)
    assert found.bias_gradient == pytest.approx(own.gradient, rel=1e-5)
    for term in found.terms:
        assert term.value is not None
        assert term.gradient == pytest.approx(own.gradient * term.value, rel=1e-4)
    assert found.update.loss_after is not None
    first = ask(client, job_id, text="the cat", epoch=0)
    assert first["loss"] == pytest.approx(np.log(found.vocabulary))


@pytest.mark.parametrize("tokenizer", ["characters", "bytes", "subwords"])
@pytest.mark.parametrize("text", ["t", " ", "\n", "the cat sat " * 8_000, "中文🐈", "\u202eab"])
def test_any_text_is_traced(app: Flask, client: FlaskClient, tokenizer: str, text: str) -> None:
    found = ask(client, add_net(app, tokenizer), text=text)
    assert 1 <= len(found["tokens"]) <= found["context"]
    assert len(found["layers"][0]["outputs"]) == min(found["layers"][0]["units"], 64)
    assert any("sees the last" in warning for warning in found["warnings"]) == (len(text) > 100)


def test_a_net_too_large_to_be_kept_is_traced_by_its_model(app: Flask, client: FlaskClient) -> None:
    add_model(app, train_writer(), "poet")
    (job,) = client.get("/v1/jobs").get_json()["data"]
    found = ask(client, job["id"], text="the cat")
    assert found["kept_epochs"] == [found["epoch"]]
    assert ask(client, job["id"], 422, text="the", epoch=77)["errors"][0]["code"] == "epoch_not_kept"


def test_what_cannot_be_traced_is_refused(app: Flask, client: FlaskClient) -> None:
    table, text = add_net(app, None), add_net(app, "characters")
    assert ask(client, table, 422, text="the cat")["type"].endswith("/not-for-task")
    assert ask(client, text, 422, text="")["errors"][0]["pointer"] == "#/text"
    assert ask(client, text, 422, text="the", epoch=77)["errors"][0]["code"] == "epoch_not_kept"
    assert ask(client, add_job(app), 409, text="the")["type"].endswith("/not-kept")
