"""Text that a spreadsheet would run as a formula."""

import polars as pl

from tables.formulas import escape_formula, escape_formulas

TEXTS = ["=1+1", "@a", "+", "-", "+1", "-x", "\tx", "\0x", "\uff1d1", "plain", "", "a=1", "'=1"]


def test_both_escapes_agree_and_leave_the_rest_alone() -> None:
    table = pl.DataFrame({"=name": [*TEXTS, None], "number": list(range(len(TEXTS) + 1))})
    escaped = escape_formulas(table)

    assert escaped.columns == ["'=name", "number"]
    assert escaped["'=name"].to_list() == [*map(escape_formula, TEXTS), None]
    assert escaped["number"].to_list() == table["number"].to_list()
    assert [text for text in TEXTS if escape_formula(text) != text] == [
        "=1+1",
        "@a",
        "+1",
        "-x",
        "\tx",
        "\0x",
        "\uff1d1",
    ]
