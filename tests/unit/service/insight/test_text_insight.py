"""What a model that writes did not expect, and what its neurons answer to, over HTTP."""

from functools import cache
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.language_insight import NeuronContextsResponse, SurprisesResponse
from learning.model import Model, create_model
from store.tables import DatasetRow
from tests.unit.learning.language.test_prepare import create_trainer, prepare  # pyright: ignore[reportUnknownVariableType]
from tests.unit.service.factories import add_model, insight, train_model
from worker.training.insights import compute_insights


@cache
def train_with_insights() -> tuple[Model, dict[str, bytes]]:
    """A model that learned a little of a text, and what the worker keeps of it."""
    prepared = prepare()
    trainer = create_trainer(prepared, epochs=2)
    for _ in trainer.run():
        pass
    dataset = DatasetRow(id="ds", owner="local", name="lines.txt", format="text", bytes=1, sha256="0" * 64)
    nothing: Any = None
    found = compute_insights(prepared, trainer.net, dataset, files=nothing, epochs=2, lease=nothing, log=nothing)
    return create_model(prepared, trainer.net), found


@pytest.fixture
def poet(app: Flask) -> FlaskClient:
    model, found = train_with_insights()
    add_model(app, model, "poet", found)
    add_model(app, model, "old")
    add_model(app, train_model("price"), "houses", insight("price"))
    return app.test_client()


def test_the_least_expected_tokens_come_first(poet: FlaskClient) -> None:
    answer = SurprisesResponse.model_validate(poet.get("/v1/models/poet/surprises?limit=3").get_json())
    assert len(answer.data) == 3
    assert answer.has_more
    assert answer.data[0].probability <= answer.data[1].probability < 0.5
    assert poet.get("/v1/models/poet/surprises?split=test").status_code == 409


def test_a_neuron_has_its_contexts_with_its_output_at_each_token(poet: FlaskClient) -> None:
    answer = NeuronContextsResponse.model_validate(poet.get("/v1/models/poet/neuron-contexts?unit=5").get_json())
    assert answer.unit == 5
    assert answer.layer == answer.layers[0].layer
    highest = [context.outputs[context.highest] for context in answer.contexts]
    assert highest == sorted(highest, reverse=True)
    for context in answer.contexts:
        assert max(context.outputs) == context.outputs[context.highest]
        assert len(context.tokens) == len(context.outputs)


@pytest.mark.parametrize(
    ("query", "told"), [("layer=99", "none of the layers"), ("unit=100000", "none of the neurons"), ("unit=-1", "unit")]
)
def test_what_is_no_neuron_is_refused(poet: FlaskClient, query: str, told: str) -> None:
    answer = poet.get(f"/v1/models/poet/neuron-contexts?{query}")
    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)


@pytest.mark.parametrize("route", ["surprises", "neuron-contexts"])
def test_other_models_and_older_ones_say_why_there_is_nothing(poet: FlaskClient, route: str) -> None:
    kinds = [poet.get(f"/v1/models/{name}/{route}").get_json()["type"] for name in ("houses", "old")]
    assert kinds == ["/problems/not-for-task", "/problems/no-insight"]
