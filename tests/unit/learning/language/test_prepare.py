"""A text is cut, split, learned from by the ordinary trainer, and learned from again to the same bits."""

import numpy as np
import pytest

from learning.data.split_spec import SplitSpec
from learning.errors import TooFewRows, UnusableColumn
from learning.frame import CategoricalColumn, Frame, NumericColumn, TextColumn
from learning.insight.baselines import fit_baselines
from learning.language.prepare import prepare_language
from learning.language.spec import LanguageSpec, choose_language_layers
from learning.language.token_encoder import END_OF_DOCUMENT
from learning.model import Model, create_model
from learning.nn.net import NeuralNet
from learning.optim import Adam
from learning.training.spec import TrainingSpec
from learning.training.trainer import Epoch, Progress, Trainer

LINES = ["the cat sat on the mat", "", "a dog ran to the man", "the man sat on a dog", "the mat ran"] * 60


def create_frame(lines=LINES):
    return Frame({"text": TextColumn(np.array([line or None for line in lines], object))}, len(lines))


def prepare(frame=None, split=None, **language):
    spec = LanguageSpec(**{"context": 16, "windows": 40, **language})
    return prepare_language(
        create_frame() if frame is None else frame,
        text="text",
        language=spec,
        split=split or SplitSpec(validation=0.1),
        batch_size=8,
        seed=0,
    )


def create_trainer(prepared, cores=1, **spec):
    net = NeuralNet(prepared.inputs.net_inputs, choose_language_layers(16, 1, 2, 0.1), prepared.train.outputs, seed=0)
    training = TrainingSpec(
        **{"optimizer": Adam(learning_rate=0.01), "epochs": 8, "batch_size": 8, "early_stopping": None, **spec}
    )
    return Trainer(net, prepared.train, prepared.validation, training, cores=cores)


def test_the_end_of_a_text_is_held_out_from_the_beginning_of_a_line_on():
    prepared = prepare(split=SplitSpec(validation=0.1, test=0.1))
    whole = "".join(f"{line}\n" for line in LINES)
    target = prepared.train.target
    assert prepared.inputs.tokenizer.decode(target.text.tolist()) == whole
    train, validation, test = prepared.rows.parts
    assert [len(train), len(validation), len(test)] == pytest.approx([240, 30, 30], abs=3)
    np.testing.assert_array_equal(np.concatenate(prepared.rows.parts), np.arange(len(LINES)))
    held_out = prepared.inputs.tokenizer.decode(target.text[prepared.validation.y[0] :].tolist())
    assert held_out == "".join(f"{line}\n" for line in LINES[validation[0] :])
    np.testing.assert_array_equal(
        prepared.validation.tokens[np.array([1])][0], target.text[prepared.validation.y[1] :][:17]
    )
    assert prepared.train.tokens.text.size == prepared.validation.y[0]


def test_documents_end_and_those_without_text_are_left_out():
    prepared = prepare(documents=True)
    text = prepared.inputs.tokenizer.decode(prepared.train.target.text.tolist())
    assert text.split(END_OF_DOCUMENT)[:-1] == [line for line in LINES if line]
    assert "60 rows" in prepared.skipped[0].reason


def test_a_column_of_repeated_lines_is_a_text_too():
    kinds = sorted({line for line in LINES if line})
    codes = np.array([kinds.index(line) if line else -1 for line in LINES], np.int32)
    found = prepare(Frame({"text": CategoricalColumn(codes, tuple(kinds))}, len(LINES)))
    np.testing.assert_array_equal(found.train.target.text, prepare().train.target.text)


def test_numbers_and_too_short_texts_are_refused():
    with pytest.raises(UnusableColumn, match="no text"):
        prepare(Frame({"text": NumericColumn(np.arange(300.0))}, 300))
    with pytest.raises(TooFewRows, match="200"):
        prepare(create_frame(LINES[:3]))
    with pytest.raises(TooFewRows, match="512"):
        prepare(context=512)


def test_a_net_learns_to_expect_the_text_better_than_frequencies_do():
    prepared = prepare()
    trainer = create_trainer(prepared)
    epochs = [event for event in trainer.run() if isinstance(event, Epoch)]
    baselines = fit_baselines(prepared.train, prepared.validation)
    last = epochs[-1]
    assert last.validation_loss < epochs[0].validation_loss / 2
    assert last.metrics["bits_per_character"] == pytest.approx(last.validation_loss / np.log(2), rel=1e-6)
    assert last.metrics["perplexity"] == pytest.approx(np.exp(last.validation_loss), rel=1e-6)
    assert last.metrics["accuracy"] > baselines.naive.metrics["accuracy"] + 0.3
    assert last.metrics["bits_per_character"] < baselines.naive.metrics["bits_per_character"] / 2
    assert (baselines.naive.name, baselines.linear.name) == ("token_frequency", "five_gram")
    assert baselines.linear.metrics["accuracy"] > baselines.naive.metrics["accuracy"] + 0.3


@pytest.mark.parametrize("cores", [1, 2])
def test_a_training_resumes_within_an_epoch_to_the_same_bits(cores, monkeypatch):
    monkeypatch.setattr("learning.training.parallel.MIN_WORKER_PRODUCTS", 1)
    monkeypatch.setattr("learning.data.batches.MAX_BLOCK_PRODUCTS", 1)
    prepared = prepare()
    whole = create_trainer(prepared, cores, epochs=3)
    assert whole.workers == cores
    for _ in whole.run():
        pass
    broken = create_trainer(prepared, cores, epochs=3)
    for event in broken.run():
        if isinstance(event, Progress) and event.epoch == 2:
            break
    checkpoint = broken.checkpoint()
    vectors = [vector.copy() for vector in checkpoint.vectors]
    resumed = create_trainer(prepared, cores, epochs=3)
    resumed.restore(type(checkpoint)(checkpoint.state, vectors))
    for _ in resumed.run():
        pass
    np.testing.assert_array_equal(resumed.net.parameters, whole.net.parameters)
    assert broken.position.rows > 0


def test_a_model_that_writes_is_read_from_its_bytes():
    prepared = prepare()
    trainer = create_trainer(prepared)
    model = Model.from_bytes(create_model(prepared, trainer.net).to_bytes())
    assert model.header.inputs == prepared.inputs
    assert model.task == "language"
    scores = model.net.forward(*prepared.validation.arrays.take(np.arange(3)))
    np.testing.assert_array_equal(scores, trainer.net.forward(*prepared.validation.arrays.take(np.arange(3))))
