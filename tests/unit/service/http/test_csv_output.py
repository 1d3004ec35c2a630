"""Cells of CSV responses: a spreadsheet runs none of them."""

import csv
import io

import pytest

from service.http.csv_output import encode_csv


@pytest.mark.parametrize("prefix", [*"=+-@\t\r\n\0", *"\uff1d\uff0b\uff0d\uff20"])
def test_a_cell_that_a_spreadsheet_would_run_is_escaped(prefix: str):
    formula = f"{prefix}SUM(A1)"

    written = b"".join(encode_csv([formula, "n"], [[formula, -1.5], [f" a{formula}", None]])).decode()

    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert rows == [[f"'{formula}", "n"], [f"'{formula}", "-1.5"], [f" a{formula}", ""]]


@pytest.mark.parametrize("line_break", ["\r", "\n", "\r\n"])
def test_a_line_break_in_a_cell_begins_no_row(line_break: str):
    assert list(encode_csv(["a"], [[f"x{line_break}=1+1"], ["y"]])) == [f'a\n"x{line_break}=1+1"\ny\n'.encode()]


@pytest.mark.parametrize("label", ["+", "-", "Yes", "a=1"])
def test_a_label_that_is_no_formula_keeps_its_spelling(label: str):
    assert b"".join(encode_csv(["label"], [[label]])) == f"label\n{label}\n".encode()
