"""Numbers with something around them, with points as thousands, and words among them: read alike at prediction."""

import pytest

from learning.column_format import ColumnFormat
from learning.encoding.columns import InputColumn
from learning.frame import BooleanColumn, NumericColumn
from tables import BadRows, ReadOptions, frame_from_csv, frame_from_rows, ingest


def column(table, *cells, delimiter=",", **options):
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    rows = "".join(f"{i}{delimiter}{cell}\n" for i, cell in enumerate(quoted))
    return table(f"n{delimiter}x\n{rows}", **options)


def input_of(read, categories=None):
    profile = read.profile("x")
    return InputColumn("x", profile.type, categories, format=ColumnFormat.from_json(profile.format or {}))


def predict_both(expected, cells):
    """The numbers that a model reads of cells, given alone as JSON and together as CSV."""
    alone = []
    for cell in cells:
        read = frame_from_rows([{"x": cell}], (expected,))["x"]
        assert isinstance(read, NumericColumn)
        alone += read.values.tolist()
    lines = "".join('"' + cell.replace('"', '""') + '"\n' for cell in cells)
    together = frame_from_csv(f"x\n{lines}".encode(), (expected,))["x"]
    assert isinstance(together, NumericColumn)
    return alone, together.values.tolist()


FORMS = [
    (["72 kg", "80 kg", "75.5 Kgs"], [72, 80, 75.5], ["read_with_unit"]),
    (["1618 CC", "999 CC"], [1618, 999], ["read_with_unit"]),
    (["USD 12.50", "USD 9"], [12.5, 9], ["read_with_unit"]),
    (["9°C", "12 °C", "-3°C"], [9, 12, -3], ["read_with_unit"]),
    (["12 %", "7%", "3.5"], [12, 7, 3.5], ["read_with_unit"]),
    (["100 m²", "80 m2"], [100, 80], ["read_with_unit"]),
    (["12,- kr", "15,- kr"], [12, 15], ["read_with_unit"]),
    (["$12/hr", "$15/hr"], [12, 15], ["read_with_unit"]),
    (["3 days", "5 days"], [3, 5], ["read_with_unit"]),
    (["5 m", "7 m"], [5, 7], ["read_with_unit"]),
    (["300 K", "310 K"], [300, 310], ["read_with_unit"]),
    (["<0.05", "1.2", "> 10"], [0.05, 1.2, 10], ["read_with_marks"]),
    (["10+", "500+"], [10, 500], ["read_with_marks"]),
    (["~12", "13", "about 15"], [12, 13, 15], ["read_with_marks"]),
    (["135.32-", "12.10"], [-135.32, 12.1], ["read_with_marks"]),
    (["(1,250.00)", "12.5"], [-1250, 12.5], ["read_with_marks"]),
    (["12*", "13", "14†", "15[1]"], [12, 13, 14, 15], ["read_with_marks"]),
    (["12k", "950", "1.5M", "3bn"], [12e3, 950, 1.5e6, 3e9], ["read_with_marks"]),
    (["2 million", "1.005 thousand"], [2e6, 1005], ["read_with_marks"]),
    (["3 lakh", "2 crore"], [3e5, 2e7], ["read_with_marks"]),
    (["-$1.2M", "($1,250)", "$5m"], [-1.2e6, -1250, 5e6], ["read_with_unit", "read_with_marks"]),
    (["Rs. 1,23,456/-", "Rs. 987/-"], [123456, 987], ["read_with_unit"]),
    (["Fr. 1\u2019234.50", "Fr. 12.-"], [1234.5, 12], ["read_with_unit"]),
    (["%12", "%7.5"], [12, 7.5], ["read_with_unit"]),
    (["12 тыс. ₽", "1,5 млн ₽"], [12000, 1.5e6], ["read_with_unit", "read_with_marks"]),
    (["3.5万円", "1200円", "2億円"], [35000, 1200, 2e8], ["read_with_unit", "read_with_marks"]),
    (["1.2 Cr", "85 Lac"], [1.2e7, 8.5e6], ["read_with_marks"]),
]


@pytest.mark.parametrize(("cells", "values", "codes"), FORMS)
def test_numbers_with_something_around_them_are_read_alike_in_training_and_at_prediction(table, cells, values, codes):
    read = column(table, *cells)
    assert read.column("x") == pytest.approx(values)
    assert read.codes == codes
    assert predict_both(input_of(read), cells) == (read.column("x"), read.column("x"))


@pytest.mark.parametrize(
    "cells",
    [
        ["A12", "A13", "A15"],
        ["12A", "14A", "15A"],
        ["CA12", "CA13"],
        ["#12", "#13"],
        ["3 rd Street", "5 rd Street"],
    ],
)
def test_codes_and_addresses_are_no_numbers(table, cells):
    read = column(table, *cells)
    assert read.types["x"] in {"categorical", "text"}
    assert read.issues == []


def test_differing_units_are_named_and_never_read(table):
    read = column(table, "72 kg", "160 lb", "80 kg", "150 lb")
    assert read.types["x"] == "categorical"
    assert read.codes == ["nearly_numeric"]
    assert "several units: 'kg' in 2, 'lb' in 2" in read.issues[0].suggestion
    chosen = column(table, "72 kg", "80 kg", "150 lb", types={"x": "numeric"})
    assert chosen.column("x") == [72, 80, None]
    assert [(issue.code, issue.value) for issue in chosen.issues][-1] == ("not_a_number", "150 lb")


def test_ranges_are_named_as_the_form_that_is_not_read(table):
    read = column(table, *[f"{i}-{i + 10}" for i in range(30)])
    assert read.codes == ["nearly_numeric"]
    assert "are ranges, such as '0-10'" in read.issues[0].suggestion


def test_a_later_cell_with_another_unit_is_refused_with_both_units(table):
    expected = input_of(column(table, "72 kg", "80 kg", "75 kg"))
    assert predict_both(expected, ["72", "72 KG"]) == ([72, 72], [72, 72])
    with pytest.raises(BadRows) as refused:
        frame_from_rows([{"x": "150 lb"}], (expected,))
    assert "'lb'" in refused.value.errors[0].detail
    assert "'kg'" in refused.value.errors[0].detail


@pytest.mark.parametrize("word", ["unknown", "..", "n.d.", ":", "(D)", "tbd", "not available", "Varies"])
def test_words_for_unknown_among_numbers_are_missing_with_both_counts(table, word):
    read = column(table, *[f"{i}.5" for i in range(40)], *[word] * 10)
    assert read.types["x"] == "numeric"
    assert read.column("x")[-10:] == [None] * 10
    assert read.codes == ["read_as_missing"]
    assert "10 of 50 cells" in read.issues[0].suggestion
    assert read.profile("x").format == {"missing_values": [word.lower()]}
    alone, together = predict_both(input_of(read), [word, "1.5"])
    assert str(alone) == str(together) == "[nan, 1.5]"


def test_other_words_among_numbers_make_the_column_words_with_one_warning(table):
    read = column(table, *[f"{i}.5" for i in range(80)], *["rotary"] * 20)
    assert read.codes == ["nearly_numeric"]
    assert "80 of 100 cells look like numbers" in read.issues[0].suggestion
    assert "'rotary' in 20" in read.issues[0].suggestion


@pytest.mark.parametrize(
    ("cells", "delimiter", "values"),
    [
        (["987", "1.234", "12.345"], ";", [987, 1234, 12345]),
        (["987", "1.230", "12.345"], ",", [987, 1230, 12345]),
        (["1.234", "1.234.567"], ",", [1234, 1234567]),
        (["1.000", "2.000", "500"], ";", [1000, 2000, 500]),
    ],
)
def test_points_separate_thousands_where_the_file_shows_it(table, cells, delimiter, values):
    read = column(table, *cells, delimiter=delimiter)
    assert read.column("x") == values
    assert read.profile("x").format == {"decimal": "comma"}
    assert predict_both(input_of(read), cells) == (values, values)


def test_a_later_cell_with_the_other_decimal_sign_is_refused_with_both_signs(table):
    expected = input_of(column(table, "1,5", "2,25"))
    with pytest.raises(BadRows) as refused:
        frame_from_rows([{"x": "3.5"}], (expected,))
    assert refused.value.errors[0].detail.startswith("has a decimal point, and the column a decimal comma")


def test_points_are_decimal_where_another_column_has_a_decimal_point(table):
    read = table("a;b\n1.234;0.5\n2.345;1.25\n")
    assert read.column("a") == [1.234, 2.345]


def test_three_decimals_in_a_file_of_commas_are_decimals(table):
    assert column(table, "987.125", "1.234", "12.345").column("x") == [987.125, 1.234, 12.345]


def test_thousands_with_commas_are_read_alike_alone_and_among_others(table):
    read = column(table, "1,250", "8,748", "12,345")
    assert read.column("x") == [1250, 8748, 12345]
    assert read.codes == ["ambiguous_number"]
    assert predict_both(input_of(read), ["1,250"]) == ([1250], [1250])


def test_the_options_decide_on_the_decimal_sign_and_on_what_is_missing(tmp_path):
    (tmp_path / "upload").write_text('n,x,w\n1,"1,234",none\n2,-999,NA\n3,-999.0,c\n')
    options = ReadOptions(decimal="comma", missing_values=("-999",))
    ingested = ingest(tmp_path / "upload", "csv", tmp_path / "table", options=options)
    n, x, w = ingested.columns
    assert (x.type, x.max, x.missing) == ("numeric", 1.234, 2)
    assert (n.missing, w.missing) == (0, 0)
    expected = InputColumn("x", "numeric", format=ColumnFormat.from_json(x.format or {}))
    column = frame_from_rows([{"x": -999}, {"x": "-999"}, {"x": 5}], (expected,))["x"]
    assert isinstance(column, NumericColumn)
    assert str(column.values.tolist()) == "[nan, nan, 5.0]"


def test_booleans_keep_the_spelling_of_the_file_and_take_truths_too(table):
    read = column(table, "Yes", "No", "Yes")
    assert read.profile("x").format == {"labels": ["No", "Yes"]}
    given = frame_from_rows([{"x": value} for value in (True, "Yes", "yes", False, "No")], (input_of(read),))["x"]
    assert isinstance(given, BooleanColumn)
    assert given.values.tolist() == [1, 1, 1, 0, 0]
    with pytest.raises(BadRows) as refused:
        frame_from_rows([{"x": "perhaps"}], (input_of(read),))
    assert refused.value.errors[0].detail == "must be 'Yes' or 'No'"


def test_words_are_read_in_one_unicode_form_without_invisible_letters(table):
    read = column(table, "caf\u00e9", "cafe\u0301", "caf\u00e9\u200b", "tea", "tea")
    assert read.column("x") == ["caf\u00e9"] * 3 + ["tea"] * 2
    given = frame_from_rows([{"x": "cafe\u0301\ufeff"}], (input_of(read, ("caf\u00e9", "tea")),))["x"]
    assert given.cell(0) == "caf\u00e9"


def test_categories_that_differ_in_case_or_blanks_only_are_named_with_their_counts(table):
    read = column(table, *["Oslo"] * 3, "oslo", "New York", "New  York", "New York", "Rome")
    assert read.codes == ["similar_categories"]
    assert "'Oslo' in 3 cells and 'oslo' in 1 cells" in read.issues[0].suggestion


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["1,234.00 Cr", "500.00 Dr", "20.50 Cr", "12.00 Dr"], "they have several units: 'Cr' in 2, 'Dr' in 2"),
        (["12 mil", "850 mil", "1,5 millones", "2 millones"], "though 4 of 4 cells look like numbers"),
        (["137K-171K (Glassdoor est.)", "75K-131K (Glassdoor est.)"], "are ranges"),
        (["12.3 (11.1-13.5)", "9.9 (8.8-11.0)"], "several numbers in a cell"),
        (["12.3 [11.1, 13.5]", "9.9 [8.8, 11.0]"], "several numbers in a cell"),
        (["(1.5, 2.5)", "[3.5, 4.5]"], "several numbers in a cell"),
        (["▲ 3.2%", "▼ 1.5%"], "numbers behind an arrow"),
        (["p=0.03", "p=0.25"], "numbers behind a name"),
        (['="5"', '="12"'], "numbers in quotes"),
        (["1_000_000", "12_000"], "digits in groups"),
    ],
)
def test_words_that_are_nearly_numbers_have_an_issue_that_names_their_form(table, cells, why):
    read = column(table, *cells)
    assert read.types["x"] in {"categorical", "text"}
    advice = next(issue.suggestion for issue in read.issues if issue.code == "nearly_numeric")
    assert why in advice


@pytest.mark.parametrize("word", ["k. A.", "н/д", "不明", "[null]", "sin dato", "non disponible"])
def test_words_for_unknown_of_other_languages_are_missing_among_numbers(table, word):
    read = column(table, "12", "13.5", word, "14")
    assert read.column("x") == [12, 13.5, None, 14]
    assert "read_as_missing" in read.codes
