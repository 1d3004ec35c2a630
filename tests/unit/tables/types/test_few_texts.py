"""A few texts are read in a loop, and many by the table library: both read alike."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal, assert_series_equal

from learning.column_format import ColumnFormat, DecimalStyle
from tables.chunks import strip_blanks
from tables.types.affixes import split_affixes
from tables.types.date_shapes import find_shapes
from tables.types.missing import MAX_PYTHON_TEXTS
from tables.types.numbers import parse_finite_numbers, parse_numbers
from tables.types.parse import COUNT, VALUE, PlainNumbers
from tables.types.patterns import contains
from tables.types.word_evidence import has_many_words, has_mostly_words

TEXTS = [
    *("5", "-5", "\N{MINUS SIGN}5", "1e5", "1e\N{MINUS SIGN}5", ".5", "5.", "007", "1e999", "nan", "inf", "1_000"),
    *("1 234", "1'234,5", "1\u00a0234.5", "1,234", "1,23,456", "1.234", "1.234,5", "1.234.567", "1 2345", "1,234\n"),
    *("5 kg", "$5", "-$5", "(5)", "5-", "12k", "1.5 m", "Rs.500", "p.5", "~5", "5*", "5,-", "12 Oak Street", "A12"),
    *("1/2/2019", "2019-01-05", "3  Jan\t2019", "12:30", "٣", "½", "é 5", "a", "x" * 70 + "1", "1e5 kg", "5 \x1f"),
]
MANY = TEXTS * (MAX_PYTHON_TEXTS // len(TEXTS) + 1)


@pytest.mark.parametrize("decimal", ["point", "comma"])
def test_numbers_of_few_texts_are_those_of_many(decimal: DecimalStyle) -> None:
    few, many = pl.Series([None, *TEXTS], dtype=pl.String), pl.Series([None, *MANY], dtype=pl.String)
    format_ = ColumnFormat(decimal=decimal, units=("kg", "$"), marks=("magnitude", "brackets", "trailing_minus"))
    assert_series_equal(parse_numbers(few, decimal), parse_numbers(many, decimal).head(len(few)))
    # a column of many texts that are distinct, too
    distinct = pl.Series([None, *TEXTS, *[f"word {index}" for index in range(MAX_PYTHON_TEXTS)]], dtype=pl.String)
    read = parse_finite_numbers(few, format_)
    assert_series_equal(read, parse_finite_numbers(distinct, format_).head(len(few)))
    assert_series_equal(read, parse_finite_numbers(many, format_).head(len(few)))
    assert read.null_count() < len(read) // 2 + 10


def test_parts_and_shapes_of_few_texts_are_those_of_many() -> None:
    few, many = pl.Series(TEXTS), pl.Series(MANY)
    parts = split_affixes(few)
    assert parts.height > len(TEXTS) // 2
    assert_frame_equal(parts, split_affixes(many).head(parts.height), check_dtypes=False)
    assert_series_equal(find_shapes(few), find_shapes(many).head(len(few)))
    for pattern in ("[0-9]$", "^1.*5$", r"\.", "(?i)KG|jan"):
        assert_series_equal(contains(few, pattern), contains(many, pattern).head(len(few)))


def test_blanks_of_few_texts_are_those_of_many() -> None:
    padded = [None, "", " ", " a\t", "\x1fa\x1f", "\n5\r\n", "\x0b\x0c"]
    many = pl.Series([*padded, *TEXTS * MAX_PYTHON_TEXTS])
    assert_series_equal(strip_blanks(pl.Series(padded)), strip_blanks(many).head(len(padded)))


@pytest.mark.parametrize(
    ("texts", "many", "mostly"),
    [
        (["A12", "B7", "C9"], True, True),
        (["1/2/2019", "13/2/2019"], True, False),
        (["5 kg", "6 kg", "7"], False, False),
        (["12 Oak Street", "3 Elm Street"], True, True),
        (["inf", "nan", "1e5"], False, False),
        (["3rd", "4th"], True, False),
    ],
)
def test_words_are_told_from_what_may_be_numbers(texts: list[str], many: bool, mostly: bool) -> None:
    values = pl.DataFrame({VALUE: texts, COUNT: [2] * len(texts)})
    assert has_many_words(values, PlainNumbers()) is many
    assert has_mostly_words(values, PlainNumbers()) is mostly
    assert not has_many_words(values, PlainNumbers(count=1_000))
