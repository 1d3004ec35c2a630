"""Mixtures of a net and n-grams: their weight, what they expect, and that a model keeps them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from learning.data.prepare import PreparedData
from learning.data.split_spec import SplitSpec
from learning.errors import CorruptModel
from learning.frame import Frame, TextColumn
from learning.insight.baselines import fit_baselines
from learning.language.mixture import NgramMixture, find_weight, mix_loss
from learning.language.ngrams import NgramModel
from learning.language.prepare import prepare_language
from learning.language.spec import LanguageSpec, choose_language_layers
from learning.language.token_encoder import TokenEncoder
from learning.language.writer import GenerateOptions, Writer
from learning.model import Model, create_model
from learning.nn.net import NeuralNet
from learning.tasks.language import TextTarget

RANDOM = np.random.default_rng(0)
LINES = ["the cat sat on the mat", "a dog ran to the man", "the man sat on a dog", "the mat ran"] * 60
FRAME = Frame({"line": TextColumn(np.array(LINES, object))}, len(LINES))


def prepare(*, mix_ngrams: bool = True) -> PreparedData:
    spec = LanguageSpec(context=16, windows=40, mix_ngrams=mix_ngrams)
    return prepare_language(FRAME, text="line", language=spec, split=SplitSpec(), batch_size=8, seed=0)


def create_net(prepared: PreparedData) -> NeuralNet:
    layers = choose_language_layers(16, 1, 2, 0.1)
    return NeuralNet(prepared.inputs.net_inputs, layers, prepared.train.outputs, seed=0)


def test_the_weight_is_where_the_loss_is_least():
    net, ngrams = RANDOM.uniform(0.01, 1, (2, 500))
    weight = find_weight(net, ngrams)
    losses = [mix_loss(net, ngrams, each) for each in np.linspace(0, 1, 101)]
    assert mix_loss(net, ngrams, weight) <= min(losses)
    assert weight == pytest.approx(int(np.argmin(losses)) / 100, abs=0.01)
    assert find_weight(net, net / 2) == 0.0
    assert find_weight(net / 2, net) == pytest.approx(1.0)


def test_packed_n_grams_are_the_same():
    text = RANDOM.integers(0, 9, 400)
    ngrams = NgramModel.fit(text, 12)
    kept = NgramMixture.pack(ngrams, 0.25)
    np.testing.assert_array_equal(kept.ngrams.predict(text, np.arange(50)), ngrams.predict(text, np.arange(50)))
    for tokens in ([], [3], [1, 2], text[:9].tolist(), [11, 11, 11, 11]):
        expected = ngrams.predict(np.array([*tokens, 0]), np.array([len(tokens)]))[0]
        np.testing.assert_allclose(kept.ngrams.expect_next(tokens), expected, rtol=1e-12)


def test_closed_tokens_are_never_expected_and_all_others_sum_to_one():
    text = RANDOM.integers(0, 5, 100)
    kept, closed = NgramMixture.pack(NgramModel.fit(text, 5), 0.5), np.array([0])
    net = np.log([1e-300, 0.1, 0.2, 0.3, 0.4])
    net[0] = -np.inf
    mixed = np.exp(kept.mix(net, [1, 2, 3], closed))
    assert mixed[0] == 0
    assert mixed.sum() == pytest.approx(1)
    expected = NgramModel.fit(text, 5).expect_next([1, 2, 3])
    assert mixed[2] == pytest.approx(0.1 + expected[2] / (1 - expected[0]) / 2)


@pytest.mark.parametrize(
    "broken",
    [{"entries": 3}, {"vocabulary": 2}, {"contexts": "AAAA"}, {"order": 4, "numbers": "eJw="}],
)
def test_what_is_no_mixture_is_refused(broken: dict[str, Any]) -> None:
    kept = NgramMixture.pack(NgramModel.fit(RANDOM.integers(0, 5, 100), 5), 0.5)
    with pytest.raises(ValueError, match=r"array|n-grams"):
        replace(kept, **broken)


def test_a_model_keeps_its_n_grams_and_writes_with_them():
    prepared = prepare()
    net = create_net(prepared)
    scores = net.forward(*prepared.validation.arrays)
    metrics = prepared.validation.compute_metrics(scores)
    weight, alone, mixed = (
        metrics[name] or 0 for name in ("ngram_weight", *(f"{of}perplexity" for of in ("", "mixed_")))
    )
    assert 0.9 < weight <= 1  # the net has learned nothing
    assert 1 < mixed < alone / 2
    assert "mixed_perplexity" not in prepared.train.compute_metrics(net.forward(*prepared.train.arrays))

    baselines = fit_baselines(prepared.train, prepared.validation)
    evaluation = prepared.validation.target.evaluate(
        scores, prepared.validation.y, np.zeros(len(scores)), None, naive=None
    )
    assert evaluation.metrics["mixed_perplexity"] == pytest.approx(mixed)
    for alone_too in (baselines.naive.metrics, baselines.linear.metrics, evaluation.naive):
        assert set(alone_too) == {"perplexity", "bits_per_character", "accuracy"}  # those are no nets to mix

    model = Model.from_bytes(create_model(prepared, net).to_bytes())
    inputs, target = prepared.inputs, prepared.train.target
    assert isinstance(inputs, TokenEncoder)
    assert isinstance(target, TextTarget)
    assert model.header.mixture is not None
    assert model.writer is not None
    assert model.header.mixture.weight == weight
    text = "the cat s"
    ngrams = target.ngrams.expect_next(inputs.tokenizer.encode(text).tolist())
    expected = weight * ngrams / ngrams[1:].sum() + (1 - weight) * Writer(inputs, net).expect_next(text)
    np.testing.assert_allclose(model.writer.expect_next(text)[1:], expected[1:], rtol=1e-5)
    written = "".join([token.text for token in model.writer.write("the ", GenerateOptions(max_tokens=60, seed=1))])
    assert {word for word in written.split(" ") if len(word) == 3} & {"cat", "mat", "dog", "ran", "the", "sat", "man"}


def test_a_net_writes_alone_if_it_is_asked_to_or_nothing_was_held_out():
    prepared = prepare(mix_ngrams=False)
    net = create_net(prepared)
    assert create_model(prepared, net).header.mixture is None
    assert "ngram_weight" not in prepared.validation.compute_metrics(net.forward(*prepared.validation.arrays))
    spec, split = LanguageSpec(context=16, windows=40), SplitSpec(validation=0.0)
    prepared = prepare_language(FRAME, text="line", language=spec, split=split, batch_size=8, seed=0)
    assert create_model(prepared, net).header.mixture is None


def test_a_broken_mixture_is_a_corrupt_model():
    prepared = prepare()
    net = create_net(prepared)
    header = create_model(prepared, net).header
    damaged = header.to_json().replace(b'"order":5', b'"order":9')
    with pytest.raises(CorruptModel):
        type(header).from_json(damaged)
