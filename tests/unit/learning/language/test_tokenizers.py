"""Tokenizers: every text comes back, of any language, and is kept with the model."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning.language.subwords import learn_merges
from learning.language.token_text import TokenDecoder
from learning.language.tokenizers import (
    UNKNOWN,
    ByteTokenizer,
    CharacterTokenizer,
    SubwordTokenizer,
    Tokenizer,
    fit_tokenizer,
)
from learning.serialization import from_json, to_json

TEXT = "To be, or not to be: that is the question.\nWhether 'tis nobler — naïve, 東京, 🙂 — in the mind\n" * 5
TOKENIZERS = [CharacterTokenizer.fit(TEXT), ByteTokenizer(), SubwordTokenizer.fit(TEXT, 300)]


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_the_text_comes_back_whole_and_token_by_token(tokenizer):
    tokens = tokenizer.encode(TEXT)
    assert tokens.max() < tokenizer.vocabulary
    assert tokenizer.decode(tokens.tolist()) == TEXT
    decoder = TokenDecoder(tokenizer)
    assert "".join([decoder.write(token) for token in tokens.tolist()]) + decoder.finish() == TEXT


@pytest.mark.parametrize("tokenizer", TOKENIZERS[1:])
@settings(max_examples=50, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_bytes_and_subwords_can_write_any_text(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text).tolist()) == text


def test_characters_that_were_not_there_are_one_token_that_is_never_written():
    tokenizer = CharacterTokenizer.fit("banana")
    assert tokenizer.characters == (UNKNOWN, "a", "b", "n")
    np.testing.assert_array_equal(tokenizer.encode("nab🙂x\ud800"), [3, 1, 2, 0, 0, 0])
    assert tokenizer.unwritable == (0,)


def test_subwords_are_the_pairs_that_words_repeat_most():
    text = "low low low low low lower lower newest newest newest newest newest newest widest widest widest"
    pieces = SubwordTokenizer.fit(text, 262).tokens[256:]
    # e s: 9 times; es t: 9 times; a blank and l, o and w: 7 times each, but for the first word, which has no blank
    assert pieces[:2] == ("es", "est")
    assert "low" in SubwordTokenizer.fit(text, 262).tokens
    assert not [*learn_merges("abcdef", 10)]


def test_more_subwords_make_a_text_shorter():
    lengths = [len(SubwordTokenizer.fit(TEXT, vocabulary).encode(TEXT)) for vocabulary in (257, 270, 320)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] < len(TEXT.encode())
    assert lengths[-1] < len(TEXT) / 3


def test_half_of_a_character_is_replaced_and_waits_for_the_other_half():
    decoder = TokenDecoder(ByteTokenizer())
    assert [decoder.write(byte) for byte in "é!".encode()] == ["", "é", "!"]
    assert decoder.write("é".encode()[0]) == ""
    assert decoder.finish() == UNKNOWN


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_a_tokenizer_is_kept_as_json(tokenizer):
    assert from_json(Tokenizer, json.loads(json.dumps(to_json(tokenizer)))) == tokenizer


@pytest.mark.parametrize(
    "plain",
    [
        {"type": "characters", "characters": ["a", "b"]},
        {"type": "characters", "characters": [UNKNOWN, "ab"]},
        {"type": "characters", "characters": [UNKNOWN, "a", "a"]},
        {"type": "subwords", "merges": [[1, 300]]},
        {"type": "subwords", "merges": [[1, 2, 3]]},
    ],
)
def test_what_is_no_tokenizer_is_refused(plain):
    with pytest.raises(ValueError, match="must"):
        from_json(Tokenizer, plain)


def test_tokenizers_are_named():
    assert [fit_tokenizer(name, TEXT, 300).type for name in ("characters", "bytes", "subwords")] == [
        "characters",
        "bytes",
        "subwords",
    ]
