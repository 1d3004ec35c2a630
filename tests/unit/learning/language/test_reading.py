"""What is read of a text is what writing would expect of it, place by place, with the attention of each head."""

import math

import numpy as np
import pytest

from learning.language.reading import read_text
from learning.language.writer import Writer
from tests.unit.learning.language.test_writer import CONTEXT, ENCODER, VOCABULARY, create_net


def test_each_place_has_what_is_expected_after_the_text_before_it() -> None:
    writer, text = Writer(ENCODER, create_net()), "abc dea"
    reading = read_text(writer, text, 3)
    assert "".join([each.token for each in reading.tokens]) == text
    assert (reading.tokens[0].log_probability, reading.tokens[0].top) == (None, ())
    for place, each in enumerate(reading.tokens[1:], 1):
        expected = writer.expect_next(text[:place])
        token = int(writer.tokenizer.encode(text[place])[0])
        assert each.log_probability == pytest.approx(math.log(expected[token]), abs=1e-4)
        assert [math.exp(one.log_probability) for one in each.top] == pytest.approx(
            np.sort(expected)[::-1][:3], rel=1e-3
        )
    after = writer.expect_next(text)
    assert reading.next[0].token == writer.tokenizer.tokens[int(after.argmax())]
    assert len(read_text(writer, text, 1000).next) == VOCABULARY


def test_attention_sums_to_one_and_is_of_what_was_before() -> None:
    net = create_net()
    layers = read_text(Writer(ENCODER, net), "abcdef", 0).attention
    assert [layer.shape for layer in layers] == [(2, 6, 6)] * 2
    for layer in layers:
        np.testing.assert_allclose(layer.sum(axis=2), 1, rtol=1e-5)
        np.testing.assert_array_equal(np.triu(layer, 1), 0)
    assert np.abs(layers[0] - layers[1]).max() > 1e-3


def test_of_a_long_text_the_end_is_read_and_of_none_a_beginning() -> None:
    writer = Writer(ENCODER, create_net())
    reading = read_text(writer, "a" * 50 + "bcdefgh abcd", 1)
    assert "".join([each.token for each in reading.tokens]) == "bcdefgh abcd"
    assert len(reading.tokens) == CONTEXT
    assert [each.token for each in read_text(writer, "", 1).tokens] == ["\n"]


def test_what_was_never_seen_is_named_and_has_no_probability() -> None:
    writer = Writer(ENCODER, create_net())
    reading = read_text(writer, "aéb", 2)
    assert reading.tokens[1].log_probability == -math.inf
    unknown, longer = writer.list_warnings("aé\u05e9" + "b" * 20, 23)
    assert "'é' (U+00E9), 'ש' (U+05E9)." in unknown
    assert longer == f"The net sees the last {CONTEXT} of 23 tokens."
    assert "and 16 more" in writer.list_warnings("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 12)[0]
    assert writer.list_warnings("abc", 3) == []
