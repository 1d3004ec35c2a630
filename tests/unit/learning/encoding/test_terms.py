"""Texts as terms: which terms there are, where they stand, and how much each counts."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.encoding.columns import WarningList
from learning.encoding.embedding_spec import DEFAULT_EMBEDDING
from learning.encoding.table import TableEncoder
from learning.encoding.terms import MAX_SHORT_LENGTH, TermsEncoder
from learning.encoding.words import MAX_TEXT_LENGTH, find_terms, find_words, list_terms
from tests.unit.learning.frames import create_frame, create_text

LONG = " ".join(["of", "no", "importance"] * MAX_SHORT_LENGTH)


def fit(*texts):
    encoder = TermsEncoder.fit("t", create_text(list(texts)), DEFAULT_EMBEDDING)
    assert isinstance(encoder, TermsEncoder)
    return encoder


def weigh(encoder, text):
    ids, weights = encoder.weigh(text)
    return {encoder.terms[number]: weight for number, weight in zip(ids.tolist(), weights.tolist(), strict=True)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Cheap PILLS!", ["cheap", "pills", "!"]),
        ("Straße ﬁnden", ["strasse", "finden"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("我喜歡", ["我", "喜", "歡"]),
        ("かな mix", ["か", "な", "mix"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("한국어 말", ["한국어", "말"]),
        ("مرحبا بكم", ["مرحبا", "بكم"]),
        ("e\u0301t\u00e9", ["été"]),
        ("\ud800 x\x00", ["\ud800", "x", "\x00"]),
        ("", []),
    ],
)
def test_words_of_many_languages_are_found_without_their_case(text, words):
    assert [word.name for word in find_words(text)] == words


@given(st.text(max_size=60), st.booleans())
def test_terms_stand_within_the_text_where_they_are_said_to(text, pieces):
    found = find_terms(text, pieces=pieces)
    assert [term.name for term in found] == list_terms(text, pieces=pieces)
    assert all(0 <= term.start < term.end <= len(text) for term in found)
    assert all(text[word.start : word.end].casefold()[:1] for word in find_words(text))


def test_scripts_without_blanks_have_pairs_of_characters():
    assert "喜歡" in list_terms("我喜歡貓", pieces=False)
    assert "猫犬" not in list_terms("猫 犬", pieces=False)


def test_short_texts_have_pieces_of_words_and_long_ones_have_not():
    short, long = fit("AB-12", "AB-13", "XY-12"), fit(LONG, LONG + " a", "b")
    assert (short.pieces, long.pieces) == (True, False)
    assert "…ab-" in short.terms
    assert weigh(short, "AB-99")


def test_texts_are_weighed_by_words_regardless_of_case_and_number():
    encoder = fit(*[f"{word} {LONG}" for word in ("Cheap pills", "cheap watches", "Dear Ann", "dear Bob")], "")
    assert weigh(encoder, "CHEAP") == weigh(encoder, "cheap cheap cheap")
    assert weigh(encoder, "CHEAP")["cheap"] == pytest.approx(encoder.length)
    assert weigh(encoder, "unknown") == weigh(encoder, "") == weigh(encoder, None) == {}
    both = weigh(encoder, "cheap of")
    assert both["cheap"] > both["of"] > 0  # it is in fewer rows


def test_words_in_every_text_or_in_one_only_are_not_counted():
    encoder = fit(*[f"{words} {LONG}" for words in ("the cat", "the dog", "the cat sat", "the bird")])
    assert encoder.terms == ("cat",)
    skipped = TermsEncoder.fit("t", create_text(["a1", "b2", "c3"]), DEFAULT_EMBEDDING)
    assert "no word of it is in at least 2 training rows" in skipped.reason


def test_words_that_are_equally_frequent_keep_the_order_of_the_texts():
    words = "the quick brown fox jumps over a lazy dog"
    encoder = fit(*[f"{words} {'of ' * 50 * MAX_SHORT_LENGTH}"] * 2, *["other"] * 30)
    assert encoder.terms == ("other", *words.split(), "of")


def test_of_a_text_with_too_many_terms_the_heaviest_count():
    words = [f"w{number}" for number in range(2000)]
    encoder = fit(*[" ".join(words)] * 2, *[" ".join(words[:1000])] * 50, "x")
    ids, weights = encoder.weigh(" ".join(words))
    assert len(ids) == encoder.slots == 512
    assert {encoder.terms[number] for number in ids.tolist()} <= set(words[1000:])
    assert np.linalg.norm(weights) == pytest.approx(encoder.length, rel=1e-5)


def test_only_the_beginning_of_an_endless_text_is_read():
    encoder = fit(f"end {LONG}", f"end {LONG} x", LONG)
    assert weigh(encoder, "x" * MAX_TEXT_LENGTH + " end") == {}


def test_a_missing_text_is_flagged_if_training_missed_some_and_else_warned_of():
    frame = create_frame(t=create_text(["good one", "good two", "bad", None]))
    encoder, _ = TableEncoder.fit(frame, ["t"])
    assert encoder.encode(frame).tolist() == [[0], [0], [0], [1]]
    without, _ = TableEncoder.fit(frame.slice(0, 3), ["t"])
    warnings = WarningList(9)
    arrays = without.encode_arrays(frame, warnings)
    assert [warning.row for warning in warnings.sorted()] == [3]
    assert (arrays.terms["weight"][3] == 0).all()


def test_columns_of_texts_lie_side_by_side_and_round_trip_through_json():
    frame = create_frame(a=create_text(["red fox", "red hen", None]), b=create_text(["one two", "two", "one"]))
    encoder, _ = TableEncoder.fit(frame, ["a", "b"])
    again = TableEncoder.from_json(json.loads(json.dumps(encoder.to_json())))
    assert again == encoder
    terms = encoder.encode_terms(frame)
    np.testing.assert_array_equal(again.encode_terms(frame, np.array([2, 0])), terms[[2, 0]])
    first, second = encoder.terms_encoders
    own = terms[:, encoder.slots_by_column["b"]]
    assert own["id"][own["weight"] > 0].min() >= len(first.terms)
    places = encoder.output_columns()
    assert places["a"].tolist() == list(range(9))  # a flag and 8 numbers
    assert places["b"].tolist() == list(range(9, 17))
    assert encoder.net_inputs.width == 17 == len(encoder.output_names)
    for field, value in {"counts": [9, 9], "terms": [], "slots": 0}.items():
        broken = encoder.to_json()
        broken["columns"][1] = {**broken["columns"][1], field: value}
        with pytest.raises(ValueError, match="TableEncoder"):
            TableEncoder.from_json(broken)
    assert second.bag.ids == len(second.terms)
