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
            return [None if np.isnan(value) else datetime.fromtimestamp(value, UTC) for value in values.tolist()]
        case BooleanColumn(values):
            return [None if value < 0 else bool(value) for value in values.tolist()]
        case CategoricalColumn(codes, categories):
            return [None if code < 0 else categories[code] for code in codes.tolist()]
        case TextColumn(values):
            return values.tolist()


@pytest.mark.parametrize(
    ("cells", "values", "codes"),
    [pytest.param(*given, id=name) for group in (MISSING, NUMBERS) for name, given in group.items()],
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
