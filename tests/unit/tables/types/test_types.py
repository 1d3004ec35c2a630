"""Type inference over whole columns: numbers, booleans, dates, categories and text."""

import pytest

from tables import UnreadableFile


def column(table, *cells, **options):
    """A table of one column beside a number of its own in each row."""
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    return table("n;x\n" + "".join(f"{i};{cell}\n" for i, cell in enumerate(quoted)), **options)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "-2", "+3", "0"], [1, -2, 3, 0]),
        (["1.5", ".5", "5.", "1e3", "-1E-2"], [1.5, 0.5, 5, 1000, -0.01]),
        (["1,234.5", "12", "1,234,567"], [1234.5, 12, 1234567]),
        (["1.234,5", "12", "1.234.567"], [1234.5, 12, 1234567]),
        (["1,5", "2,25", "3"], [1.5, 2.25, 3]),
        (["0,123", "0,5", "7,125"], [0.123, 0.5, 7.125]),
        (["1 234", "12", "1 234 567,5"], [1234, 12, 1234567.5]),
        (["1\u00a0234", "1\u202f234.5", "12"], [1234, 1234.5, 12]),
        (["1'234", "1\u2019234.5", "12"], [1234, 1234.5, 12]),
        (["12,34,567", "1,23,456", "99"], [1234567, 123456, 99]),
        (["$5", "-$1,200.50", "$ 7"], [5, -1200.5, 7]),
        (["5 €", "1.200,50 €", "7€"], [5, 1200.5, 7]),
        (["12%", "50 %", "7"], [12, 50, 7]),
        (["\u22125", "3", "4"], [-5, 3, 4]),
        (["  1 ", "\t2", "3\u00a0"], [1, 2, 3]),
        (["9007199254740991", "1", "2"], [9007199254740991, 1, 2]),
        (["1e-320", "1e308", "-1e308"], [1e-320, 1e308, -1e308]),
    ],
)
def test_numbers_are_read_as_people_write_them(table, cells, values):
    read = column(table, *cells)
    assert read.types["x"] == "numeric"
    assert read.column("x") == values
    assert all(issue.severity == "warning" for issue in read.issues)


@pytest.mark.parametrize("cell", ["1_000", "0x1F", "1,2,3", "1.2.3", "12 34", "1e", "--1", "5 kg", "½"])
def test_text_that_resembles_a_number_is_a_fault(table, cell):
    read = column(table, "1", "2", "3.5", cell)
    assert [(issue.code, issue.line, issue.row, issue.column, issue.value) for issue in read.issues] == [
        ("not_a_number", 5, 4, "x", cell)
    ]
    assert read.column("x") == [1, 2, 3.5, None]


def test_a_numeric_column_with_one_bad_cell_stays_numeric_and_loses_that_cell(table):
    read = table("sqft,price\n1200,1\n1100,2\n1,2oo\n1,2oo,3\n950,4\n".replace("1,2oo\n", '"1,2oo",3\n', 1))
    assert read.types == {"sqft": "numeric", "price": "numeric"}
    fault = read.issues[0]
    assert (fault.line, fault.row, fault.column, fault.value) == (4, 3, "sqft", "1,2oo")
    assert (fault.code, fault.severity, fault.action) == ("not_a_number", "error", "cell_emptied")
    assert read.column("price") == [1, 2, 3, 4]
    assert read.column("sqft") == [1200, 1100, None, 950]
    assert read.ingested.rows_rejected == 1  # that without a second cell


@pytest.mark.parametrize(("bad", "kind"), [(5, "numeric"), (6, "text")])
def test_one_cell_in_twenty_may_be_a_fault_and_no_more(table, bad, kind):
    cells = [f"{i}.5" for i in range(100 - bad)] + [f"word{i}" for i in range(bad)]
    read = column(table, *cells)
    assert read.types["x"] == kind
    assert read.ingested.rows == 100
    assert read.codes == (["not_a_number"] * bad if kind == "numeric" else ["nearly_numeric"])


def test_text_after_a_hundred_thousand_numbers_is_a_fault(table):
    rows = [f"{i},{i / 7:.3f}" for i in range(100_000)]
    rows[99_990] = "99990,oops"
    read = table("id,x\n" + "\n".join(rows))
    assert read.types == {"id": "numeric", "x": "numeric"}
    assert [(issue.line, issue.row, issue.value) for issue in read.issues] == [(99_992, 99_991, "oops")]


def test_many_texts_after_a_hundred_thousand_numbers_make_the_column_text_with_its_spelling(table):
    rows = [f"{i},{i % 100}.50" for i in range(90_000)] + [f"{i},K1A 0B1" for i in range(30_000)]
    read = table("id,x\n" + "\n".join(rows))
    assert read.types == {"id": "numeric", "x": "categorical"}
    assert read.rows[7]["x"] == "7.50"
    assert read.codes == ["nearly_numeric"]
    assert "90,000 of 120,000 cells look like numbers" in read.issues[0].suggestion
    assert "'K1A 0B1' in 30,000" in read.issues[0].suggestion


CLEAR = ["", " ", "NA", "n/a", "N/A", "NaN", "nan", "null", "NULL", "?", "#N/A", "<NA>", "(null)", "#DIV/0!", "\\N"]
DOUBTFUL = ["None", "missing", "nil", "-", "--", "."]


@pytest.mark.parametrize("marker", CLEAR)
@pytest.mark.parametrize("others", [["1.5", "2.5"], ["red", "blue"], ["yes", "no"], ["2024-01-31", "2024-02-01"]])
def test_clear_markers_are_missing_in_columns_of_all_types(table, marker, others):
    read = column(table, others[0], marker, others[1])
    assert [cell is None for cell in read.column("x")] == [False, True, False]
    assert read.profile("x").missing == 1
    assert [(issue.code, issue.value) for issue in read.issues] == (
        [("read_as_missing", marker)] if marker.strip() else []
    )


@pytest.mark.parametrize("marker", DOUBTFUL)
@pytest.mark.parametrize("others", [["1.5", "2.5"], ["yes", "no"], ["2024-01-31", "2024-02-01"]])
def test_words_for_none_are_missing_among_numbers_booleans_and_dates(table, marker, others):
    read = column(table, others[0], marker, others[1])
    assert [cell is None for cell in read.column("x")] == [False, True, False]
    assert read.codes == ["read_as_missing"]
    assert f"'{marker}' in 1; these are 1 of 3 cells" in read.issues[0].suggestion
    assert read.profile("x").format["missing_values"] == [marker.lower()]


@pytest.mark.parametrize(
    "cells",
    [
        ["None", "Insomnia", "Apnea", "None"],
        ["+", "-", "+", "-"],
        ["found", "missing", "found", "returned"],
        ["good", "unknown", ".", "nil"],
    ],
)
def test_words_that_are_classes_stay_words(table, cells):
    read = column(table, *cells)
    assert read.types["x"] == "categorical"
    assert read.column("x") == cells
    assert read.issues == []


def test_numbers_too_large_to_be_finite_become_missing_with_a_warning(table):
    read = column(table, "1", "inf", "1e999", "-Infinity", "2")
    assert read.column("x") == [1, None, None, None, 2]
    assert [(i.line, i.value, i.code, i.severity, i.action) for i in read.issues] == [
        (3, "inf", "not_finite", "warning", "cell_emptied"),
        (4, "1e999", "not_finite", "warning", "cell_emptied"),
        (5, "-Infinity", "not_finite", "warning", "cell_emptied"),
    ]


def test_integers_past_double_precision_get_a_warning(table):
    read = column(table, "12345678901234567890", "12345678901234567891", "5")
    assert read.types["x"] == "numeric"
    assert [(issue.code, issue.column) for issue in read.issues] == [("digits_lost", "x")]
    assert (
        column(table, "12345678901234567890", "1", types={"x": "categorical"}).column("x")[0] == "12345678901234567890"
    )


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["true", "FALSE", "True"], [True, False, True]),
        (["yes", "No", "YES"], [True, False, True]),
        (["y", "N", "n"], [True, False, False]),
        (["t", "f", "t"], [True, False, True]),
        (["true", "NA", "true"], [True, None, True]),
    ],
)
def test_yes_and_no_are_booleans(table, cells, values):
    read = column(table, *cells)
    assert read.types["x"] == "boolean"
    assert read.column("x") == values


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["0", "1", "1"], "numeric"),
        (["yes", "no", "maybe"], "categorical"),
        (["f", "f", "m"], "categorical"),
        (["n", "n", "n"], "categorical"),
    ],
)
def test_a_column_of_more_than_yes_and_no_is_no_boolean(table, cells, kind):
    assert column(table, *cells).types["x"] == kind


def test_ids_with_leading_zeros_keep_them(table):
    read = column(table, "007", "012", "123")
    assert read.types["x"] == "categorical"
    assert read.column("x") == ["007", "012", "123"]
    assert [(issue.code, issue.column, issue.value) for issue in read.issues] == [("leading_zeros", "x", "007")]


def test_a_leading_zero_beside_decimals_is_a_number(table):
    assert column(table, "007", "1.5", "2").column("x") == [7, 1.5, 2]


def test_a_thousands_point_is_inferred_from_the_other_columns(table):
    read = table("price;people\n3,50;1.234\n4,25;2.500\n5,00;10.000\n")
    assert read.rows[0] == {"price": 3.5, "people": 1234}
    assert [(issue.code, issue.column) for issue in read.issues] == [("ambiguous_number", "people")]


def test_a_comma_that_could_be_either_is_taken_for_thousands_with_a_warning(table):
    read = column(table, "1,234", "5,678")
    assert read.column("x") == [1234, 5678]
    assert [(issue.code, issue.value) for issue in read.issues] == [("ambiguous_number", "1,234")]


def test_few_different_words_are_categories_and_sentences_are_text(table):
    words = column(table, "Oslo", "New York", "Oslo")
    assert words.types["x"] == "categorical"
    sentences = column(table, "the cat sat on it", "a dog barked at night", "nobody was there then")
    assert sentences.types["x"] == "text"
    names = column(table, *[f"name{i}" for i in range(21)])
    assert names.types["x"] == "text"
    often = column(table, *[f"name{i}" for i in range(21)] * 2)
    assert often.types["x"] == "categorical"


def test_a_column_without_values_is_text(table):
    read = table("a,b\n1,\n2,NA\n")
    assert read.types == {"a": "numeric", "b": "text"}
    assert read.profile("b").missing == 2


@pytest.mark.parametrize(
    ("kind", "cells", "values"),
    [
        ("categorical", ["1", "2", "2"], ["1", "2", "2"]),
        ("categorical", ["1.50", "NA", "2"], ["1.50", None, "2"]),
        ("categorical", ["yes", "No", "yes"], ["yes", "No", "yes"]),
        ("text", ["1", "2", "2"], ["1", "2", "2"]),
        ("numeric", ["007", "08", "9"], [7, 8, 9]),
        ("boolean", ["1", "0", "yes"], [True, False, True]),
        (
            "datetime",
            ["20240131", "20240201", "20240202"],
            ["2024-01-31T00:00:00Z", "2024-02-01T00:00:00Z", "2024-02-02T00:00:00Z"],
        ),
    ],
)
def test_a_type_can_be_set(table, kind, cells, values):
    read = column(table, *cells, types={"x": kind})
    assert read.types["x"] == kind
    assert read.column("x") == values


def test_a_type_that_is_set_empties_all_that_does_not_fit(table):
    read = column(table, "1", "a", "b", "c", types={"x": "numeric"})
    assert read.column("x") == [1, None, None, None]
    assert [(issue.value, issue.action) for issue in read.issues] == [(word, "cell_emptied") for word in "abc"]
    many = column(table, *["a"] * 3000, types={"x": "numeric"})
    assert (many.ingested.rows, len(many.issues), many.ingested.issue_counts["error"]) == (3000, 1000, 3000)


@pytest.mark.parametrize(
    ("types", "slug", "words"),
    [
        ({"y": "numeric"}, "unknown-column", "The columns are: n, x"),
        ({"X": "numeric"}, "unknown-column", "column 'X'"),
        ({"x": "numerical"}, "unknown-type", "Did you mean 'numeric'"),
        ({"x": "image"}, "unknown-type", "The types are: numeric, categorical"),
    ],
)
def test_a_type_that_does_not_fit_the_file_is_refused_with_a_suggestion(table, types, slug, words):
    with pytest.raises(UnreadableFile, match=words) as refused:
        column(table, "1", types=types)
    assert refused.value.slug == slug


def test_faults_in_two_columns_of_a_row_are_each_reported(table):
    read = table("a,b\n1,1\n2,2\nx,y\n4,4\n")
    assert [(issue.column, issue.value) for issue in read.issues] == [("a", "x"), ("b", "y")]
    assert (read.ingested.rows, read.ingested.rows_rejected) == (4, 0)
    assert read.rows[2] == {"a": None, "b": None}
