"""Text of answers as CSV: escaped where a spreadsheet would run it, and only there."""

import pytest

from service.http.csv_output import escape_formula


@pytest.mark.parametrize("text", ["+", "-", "Yes", "a=1", ""])
def test_labels_that_are_no_formula_keep_their_spelling(text):
    assert escape_formula(text) == text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-cmd", "@x", "\t=1"])
def test_a_formula_is_escaped(text):
    assert escape_formula(text) == f"'{text}"
