# ruff: noqa: RUF001 - digits and letters of other scripts
"""Small columns as a careful reader reads them, and their cells read alike at prediction.

Each is uploaded beside another column; of what is read otherwise than it looks, the issues are given.
"""

import csv
import io
from datetime import UTC, datetime

import numpy as np
import pytest

from learning.column_format import ColumnFormat
from learning.encoding.columns import InputColumn
from learning.frame import BooleanColumn, CategoricalColumn, DatetimeColumn, NumericColumn, TextColumn
from tables import frame_from_csv, frame_from_rows

WORDS = "words"
"""The values of a column that stays as it is written."""

MISSING = {
    "dots": (["..", "..", ".."], [None] * 3, ["read_as_missing"]),
    "dashes": (["-", "-", "-"], [None] * 3, ["read_as_missing"]),
    "errors of a spreadsheet": (["#N/A", "#N/A"], [None] * 2, ["read_as_missing"]),
    "one word for unknown": (["TBD", "tbd", "TBD"], [None] * 3, ["read_as_missing"]),
    "nulls of languages": (["None", "nil", "NULL", "NaN"], [None] * 4, ["read_as_missing"]),
    "markers and empty cells": (["..", "-", "n/a", ""], [None] * 4, ["read_as_missing"]),
    "two words that may be classes": (["none", "unknown", "none"], WORDS, []),
    "flags": (["*", "", "*"], ["*", None, "*"], []),
    "nulls among numbers": (["None", "nil", "NaN", "12", "14.5"], [None, None, None, 12, 14.5], ["read_as_missing"]),
    "dashes among words": (["-", "red", "-", "blue"], WORDS, []),
}
NUMBERS = {
    "roubles": (["1 200 ₽", "500 ₽"], [1200, 500], ["read_with_unit"]),
    "yen of two widths": (["¥1200", "￥500"], [1200, 500], ["read_with_unit"]),
    "powers of ten": (["1.5x10^5", "2\u00d710³", "3 * 10**-2"], [1.5e5, 2e3, 0.03], ["read_with_marks"]),
    "powers of ten with a unit": (["5 x10^3/uL", "7 x10^3/uL"], [5e3, 7e3], ["read_with_unit", "read_with_marks"]),
    "numbers of Fortran": (["1.5D+05", "2.0D-03"], [1.5e5, 2e-3], ["read_with_marks"]),
    "credit and debit": (["12.50 CR", "3.00 DR", "7.10 CR"], WORDS, ["nearly_numeric"]),
    "crores": (["12.5 Cr", "3 Lakh"], [12.5e7, 3e5], ["read_with_marks"]),
    "currencies mixed": (["$5", "€6", "$7"], WORDS, ["nearly_numeric"]),
    "units mixed": (["5 km", "300 m", "2 km"], WORDS, ["nearly_numeric"]),
    "styles mixed": (["1.234,56", "1,234.56", "12.5", "7,5"], WORDS, ["nearly_numeric"]),
    "sides of one number": (["<=50K", ">50K", "<=50K"], WORDS, []),
    "bounds of several numbers": (["<0.5", "1.2", "<=2", ">50K"], [0.5, 1.2, 2, 50_000], ["read_with_marks"]),
    "ordinals": (["1st", "2nd", "3rd", "11th"], WORDS, ["nearly_numeric"]),
    "ratios": (["16:9", "4:3"], WORDS, ["nearly_numeric"]),
    "ranges": (["10-20", "20-30", "30-40"], WORDS, ["nearly_numeric"]),
    "ranges in words": (["10 to 20", "20 to 30"], WORDS, ["nearly_numeric"]),
    "ranges with an open end": (["18-24", "25-34", "65+"], WORDS, ["nearly_numeric"]),
    "hexadecimal": (["0x1F", "0xFF"], WORDS, ["nearly_numeric"]),
    "quotes": (["'12", "'13"], WORDS, ["nearly_numeric"]),
    "lists": (["1;2;3", "4;5"], WORDS, ["nearly_numeric"]),
    "sizes": (["10 x 20 cm", "30 x 40 cm"], WORDS, ["nearly_numeric"]),
    "tolerances": (["5.2±0.1", "6.1±0.2"], WORDS, ["nearly_numeric"]),
    "scores out of": (["4 out of 5", "3 out of 5"], WORDS, ["nearly_numeric"]),
    "zip codes with a suffix": (["02139-1234", "10001-5678"], WORDS, []),
    "phone numbers": (["+49 170 1234567", "+1 555 0100"], WORDS, []),
    "addresses of the internet": (["192.168.0.1", "10.0.0.1"], WORDS, []),
}
DIGITS = {
    "Arabic": (["١٢٫٥", "٤٥٬٦٠٠", "٧"], [12.5, 45600, 7], []),
    "Persian": (["۱۲۳", "۴۵۶"], [123, 456], []),
    "Devanagari": (["१२३", "४५६"], [123, 456], []),
    "wide": (["１２３", "４５６．５", "－７"], [123, 456.5, -7], []),
    "wide with a unit": (["１２０円", "５００円"], [120, 500], ["read_with_unit"]),
    "in words": (["３年Ｂ組", "１年Ａ組"], WORDS, []),
    "blanks of all kinds": (["1\u00a0234", "12\u202f345", "1\u2009000"], [1234, 12345, 1000], []),
    "invisible letters": (["12\u200b", "\ufeff13", "14"], [12, 13, 14], []),
}
BOOLEANS = {
    "words and digits": (
        ["TRUE", "Yes", "Y", "1", "0", "No"],
        [True, True, True, True, False, False],
        ["read_as_booleans"],
    ),
    "letters and digits": (["y", "1", "n", "0"], WORDS, ["nearly_numeric"]),
    "yes alone": (["yes", "yes", ""], ["yes", "yes", None], []),
    "German": (["ja", "nein", "ja"], WORDS, []),
    "Excel in German": (["WAHR", "FALSCH"], WORDS, []),
    "letters": (["T", "F", "T"], [True, False, True], []),
    "a third word": (["yes", "no", "maybe"], WORDS, []),
}
LONG_NUMBERS = {
    "integers past what a number holds": (["9007199254740993", "5"], [2.0**53, 5], ["digits_lost"]),
    "integers within it": (["9007199254740991", "5"], [2.0**53 - 1, 5], []),
    "seconds since 1970": (["1577836800", "1609459200"], [1577836800, 1609459200], ["maybe_dates"]),
    "milliseconds since 1970": (["1577836800000", "1609459200001"], [1577836800000, 1609459200001], ["maybe_dates"]),
    "-999 among others": (
        ["1.5", "2.5", "-999", "3.5", "-999", "2"],
        [1.5, 2.5, -999, 3.5, -999, 2],
        ["maybe_missing"],
    ),
    "9999 among others": (["12", "9999", "31", "9999", "55"], [12, 9999, 31, 9999, 55], ["maybe_missing"]),
    "99 among ages": (["12", "99", "31", "99", "87"], [12, 99, 31, 99, 87], []),
    "leading zeros": (["02139", "10001"], WORDS, ["leading_zeros"]),
}
TEXTS = {
    "UTF-8 read as Windows-1252": (["MÃ¼nchen", "KÃ¶ln", "Straße"], WORDS, ["garbled_text"]),
    "letters that were lost": (["M\ufffdnchen", "Köln"], WORDS, ["garbled_text"]),
    "other alphabets": (["Ã", "été", "Ω"], WORDS, []),
    "shares and percentages": (
        ["12%", "0.12", "20%", "0.3", "5%"],
        [12, 0.12, 20, 0.3, 5],
        ["read_with_unit"],
    ),
    "mostly shares": (["0.12"] * 7 + ["12%", "13%", "9%"], WORDS, ["nearly_numeric"]),
}


def write_moment(moment):
    return moment.isoformat().replace("+00:00", "Z")


def day(year, month=1, date=1, hour=0, minute=0, second=0, micro=0):
    return write_moment(datetime(year, month, date, hour, minute, second, micro, UTC))


DATES = {
    "Swedish": (["5 mars 2020", "17 maj 2021"], [day(2020, 3, 5), day(2021, 5, 17)], []),
    "Danish": (["5. marts 2020", "1. oktober 2021"], [day(2020, 3, 5), day(2021, 10, 1)], []),
    "Polish": (["5 marca 2020", "17 października 2021"], [day(2020, 3, 5), day(2021, 10, 17)], []),
    "Czech": (["5. března 2020", "6. září 2020"], [day(2020, 3, 5), day(2020, 9, 6)], []),
    "Finnish": (["5. maaliskuuta 2020", "6. heinäkuuta 2020"], [day(2020, 3, 5), day(2020, 7, 6)], []),
    "Turkish": (["5 Mart 2020", "17 Mayıs 2021"], [day(2020, 3, 5), day(2021, 5, 17)], []),
    "Russian": (["5 марта 2020", "17 мая 2021"], [day(2020, 3, 5), day(2021, 5, 17)], []),
    "Japanese": (["2020年3月5日", "２０２０年１２月１７日"], [day(2020, 3, 5), day(2020, 12, 17)], []),
    "Korean": (["2020년 3월 5일", "2020년 12월 17일"], [day(2020, 3, 5), day(2020, 12, 17)], []),
    "commas before fractions": (
        ["2020-01-05 10:00:00,123", "2020-01-05 10:00:01,5"],
        [day(2020, 1, 5, 10, micro=123_000), day(2020, 1, 5, 10, 0, 1, 500_000)],
        [],
    ),
    "quarters": (["2020Q1", "2020Q4"], [day(2020), day(2020, 10)], []),
    "quarters of short years": (["1Q20", "4Q19"], [day(2020), day(2019, 10)], ["two_digit_years", "read_as_dates"]),
    "halves of years": (["2020H1", "2021H2"], [day(2020), day(2021, 7)], []),
    "weeks": (["2020-W01", "2020-W53"], [day(2019, 12, 30), day(2020, 12, 28)], []),
    "weeks first": (["W1 2020", "W53 2020"], [day(2019, 12, 30), day(2020, 12, 28)], []),
    "times with points": (["9.30 pm", "10.15 am"], [day(1970, hour=21, minute=30), day(1970, hour=10, minute=15)], []),
    "French times": (["9h30", "18h05"], [day(1970, hour=9, minute=30), day(1970, hour=18, minute=5)], []),
    "German times": (["9:30 Uhr", "18.05 Uhr"], [day(1970, hour=9, minute=30), day(1970, hour=18, minute=5)], []),
    "zones mixed": (
        ["2020-01-01T10:00:00+01:00", "2020-06-01 12:00 EST"],
        [day(2020, 1, 1, 9), day(2020, 6, 1, 17)],
        [],
    ),
    "days without a year": (["5 Mar", "6 Mar", "17 Apr"], WORDS, ["nearly_dates"]),
    "ordinal days without a year": (["March 5th", "April 17th"], WORDS, ["nearly_dates"]),
    "dates of two ends": (["2020-01-01 - 2020-02-01", "2020-03-01 - 2020-04-01"], WORDS, ["nearly_dates"]),
    "dates and words": ([*[f"2020-01-{date}" for date in range(10, 30)], *["soon"] * 6], WORDS, ["nearly_dates"]),
    "months alone": (["Jan", "Feb", "Mar"], WORDS, []),
    "versions": (["2.9.16", "1.10.23", "2.13.45"], WORDS, []),
}


def write_column(cells):
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([["n", "x"], *[[f"r{place % 3}", cell] for place, cell in enumerate(cells)]])
    return out.getvalue()


def read_values(column):
    """The values of a column of a frame, as those of a table are read."""
    match column:
        case NumericColumn(values):
            return [None if np.isnan(value) else value for value in values.tolist()]
        case DatetimeColumn(values):
            return [
                None if np.isnan(value) else write_moment(datetime.fromtimestamp(value, UTC))
                for value in values.tolist()
            ]
        case BooleanColumn(values):
            return [None if value < 0 else bool(value) for value in values.tolist()]
        case CategoricalColumn(codes, categories):
            return [None if code < 0 else categories[code] for code in codes.tolist()]
        case TextColumn(values):
            return values.tolist()


@pytest.mark.parametrize(
    ("cells", "values", "codes"),
    [
        pytest.param(*given, id=name)
        for group in (MISSING, NUMBERS, DIGITS, DATES, BOOLEANS, LONG_NUMBERS, TEXTS)
        for name, given in group.items()
    ],
)
def test_a_column_is_read_as_a_careful_reader_would_and_alike_at_prediction(table, cells, values, codes):
    read = table(write_column(cells))
    profile = read.profile("x")
    if values is WORDS:
        assert profile.type in {"categorical", "text"}
        values = cells
    assert read.column("x") == (pytest.approx(values) if profile.type == "numeric" else values)
    assert [issue.code for issue in read.issues if issue.column == "x"] == codes
    expected = InputColumn("x", profile.type, format=ColumnFormat.from_json(profile.format or {}))
    alone = [read_values(frame_from_rows([{"x": cell}], (expected,))["x"])[0] for cell in cells]
    together = read_values(frame_from_csv(write_column(cells).encode(), (expected,), ignore={"n"})["x"])
    assert alone == together == read.column("x")


@pytest.mark.parametrize(
    ("name", "cells", "values", "first"),
    [
        ("at", ["1577836800", "1577836801"], [day(2020), day(2020, second=1)], 1577836800),
        ("at", ["1577836800.5", "1577836801"], [day(2020, micro=500_000), day(2020, second=1)], 1577836800.5),
        ("at", ["1577836800123"], [day(2020, micro=123_000)], 1577836800123),
        ("at", ["1577836800123456"], [day(2020, micro=123_456)], 1577836800123456),
        ("at", ["1577836800123456789"], [day(2020, micro=123_456)], 1577836800123456789),
        ("date", ["43831", "43831.75"], [day(2020), day(2020, hour=18)], 43831),
        ("date", ["20200101", "20211231"], [day(2020), day(2021, 12, 31)], 20200101),
        ("month", ["202001", "202112"], [day(2020), day(2021, 12)], 202001),
    ],
)
def test_numbers_are_dates_if_the_owner_says_so(table, name, cells, values, first):
    text = f"n,{name}\n" + "".join(f"r,{cell}\n" for cell in cells)
    assert [issue.code for issue in table(text).issues if issue.column == name] in (
        ["maybe_dates"],
        ["digits_lost"],
        [],
    )
    read = table(text, types={name: "datetime"})
    assert read.column(name) == values
    expected = InputColumn(name, "datetime", format=ColumnFormat.from_json(read.profile(name).format))
    for cell, value in ((first, values[0]), *zip(cells, values, strict=True)):
        assert read_values(frame_from_rows([{name: cell}], (expected,))[name]) == [value]


def test_numbers_without_the_unit_of_others_are_named_with_their_range(table):
    advice = table(write_column(["12%", "0.12", "20%", "0.3", "5%"])).issues[0].suggestion
    assert "3 of 5 cells have the unit '%', and 2 have none, from 0.12 to 0.3, and are read as if they had it" in advice
