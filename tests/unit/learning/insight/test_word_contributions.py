"""Contributions of words: each stands where its word does, and they add up to the column's."""

import numpy as np
import pytest

from learning.data.prepare import Encoding, prepare
from learning.insight.explanations import explain
from learning.insight.word_contributions import attribute_words
from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from learning.training.trainer import Trainer
from tests.unit.learning.frames import create_categorical, create_frame, create_text
from tests.unit.learning.trainings import create_job_spec

FILLER = "of no importance whatever to anybody"


def explain_text(text, mails):
    """The words of a text with their contributions to `spam`, the sum of the terms', and that of the column."""
    table = create_frame(mail=create_text(mails * 20), kind=create_categorical(["spam", "ham"] * 40))
    spec = create_job_spec(target="kind", epochs=60, layers=[{"type": "dense", "units": 8}]).training
    prepared = prepare(table, target="kind", split=spec.split)
    net = NeuralNet(prepared.inputs.net_inputs, [Dense(units=8)], 1, seed=0)
    trainer = Trainer(net, prepared.train, prepared.validation, spec)
    assert [*trainer.run()]
    trainer.finish()
    mean = net.join(*prepared.train.arrays).mean(axis=0)
    rows = prepared.inputs.encode_arrays(create_frame(mail=create_text([text])))
    spam = prepared.output.labels.index("spam")
    (found,) = explain(net, Encoding(prepared.inputs, prepared.output), rows, mean, np.array([spam]))
    words = attribute_words(prepared.inputs.terms_encoders[0], text, found.terms["mail"])
    return words, sum(found.terms["mail"].values()), found.contributions["mail"]


@pytest.mark.parametrize("filler", [FILLER, FILLER * 4])
def test_words_of_spam_speak_for_it_where_they_stand_and_those_of_mail_against_it(filler):
    mails = [f"free pills {filler}", f"dear ann {filler}", f"Free watches {filler}", f"dear bob {filler}"]
    text = "Dear Ann: FREE pills, free unknownword"
    words, of_terms, of_column = explain_text(text, mails)
    by_word = [(text[start:end], contribution) for start, end, contribution in words]
    assert {word for word, contribution in by_word if contribution > 0} >= {"FREE", "free"}, by_word
    assert {word for word, contribution in by_word if contribution < 0} >= {"Dear", "Ann"}, by_word
    assert sum(contribution for _, contribution in by_word) == pytest.approx(of_terms, abs=1e-9)
    assert abs(of_column) <= 1.0
    assert words == sorted(words)


def test_a_text_without_known_words_has_none_that_contribute():
    assert explain_text("zzz", [f"free {FILLER * 4}", f"dear {FILLER * 4}", "free", "dear"])[:2] == ([], 0)
