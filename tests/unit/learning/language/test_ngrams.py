"""N-grams against sums over a dictionary of counts, and against the entropy of a source that is known."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest

from learning.language.ngrams import NgramModel

VOCABULARY = 6


def create_text(length=400, seed=0):
    """A text in which each token is mostly one more than that before the last."""
    random, tokens = np.random.default_rng(seed), [0, 1]
    for _ in range(length - 2):
        tokens.append((tokens[-2] + 1) % VOCABULARY if random.random() < 0.8 else int(random.integers(VOCABULARY)))
    return np.array(tokens)


def test_probabilities_of_every_context_sum_to_one_whether_it_is_known_or_not():
    text = create_text()
    model = NgramModel.fit(text[:100], VOCABULARY)
    found = model.predict(text, np.arange(len(text)))
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    assert (found > 0).all()


def smooth(counts, context, token, lower):
    """Interpolated Kneser-Ney of one context with a discount of 1/2, as the counts are too few for others."""
    followers = counts[context]
    total = sum(followers.values())
    return max(followers[token] - 0.5, 0) / total + 0.5 * len(followers) / total * lower


def test_bigrams_are_interpolated_with_how_many_tokens_a_token_follows():
    text = np.array([0, 1, 0, 1, 2, 0, 1])
    counts, followed = defaultdict(Counter), Counter()
    for before, token in pairwise(text):
        counts[before][token] += 1
    for followers in counts.values():
        followed.update(followers.keys())
    base = np.array([followed[token] + 1 for token in range(3)])
    found = NgramModel.fit(text, 3, order=2).predict(text, np.arange(1, 7))
    for place, row in enumerate(found, start=1):
        before = text[place - 1]
        expected = [smooth(counts, before, token, base[token] / base.sum()) for token in range(3)]
        np.testing.assert_allclose(row, expected, rtol=1e-6)


def test_more_tokens_before_make_a_text_easier_to_expect_that_depends_on_them():
    text, places = create_text(20_000), np.arange(15_000, 20_000)
    losses = [
        -np.log(NgramModel.fit(text[:15_000], VOCABULARY, order=order).score(text, places)[0]).mean()
        for order in (1, 2, 3, 5)
    ]
    true = 0.8 + 0.2 / VOCABULARY
    entropy = -true * np.log(true) - (VOCABULARY - 1) * (0.2 / VOCABULARY) * np.log(0.2 / VOCABULARY)
    assert losses[2] == pytest.approx(entropy, rel=0.05)
    assert losses[0] > losses[2] + 0.5
    assert losses[3] < losses[2] * 1.15


def test_scores_are_those_of_the_tokens_that_came():
    text, places = create_text(), np.arange(5, 400)
    model = NgramModel.fit(text, VOCABULARY)
    probabilities, hits = model.score(text, places)
    expected = model.predict(text, places)
    np.testing.assert_array_equal(probabilities, expected[np.arange(len(places)), text[places]])
    np.testing.assert_array_equal(hits, expected.argmax(axis=1) == text[places])
    frequency = model.take_orders(1).score(text, places)[0]
    np.testing.assert_allclose(frequency, ((np.bincount(text) + 1) / (len(text) + VOCABULARY))[text[places]])


@pytest.mark.parametrize("length", [1, 2, 3, 6])
def test_the_shortest_texts_can_be_counted(length):
    text = create_text(400)[:length]
    assert NgramModel.fit(text, VOCABULARY).predict(text, np.arange(length)).sum(axis=1) == pytest.approx(1)
