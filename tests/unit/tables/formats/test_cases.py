"""Cases of real files: where the table begins, what divides its cells, and which rows and columns are its own."""

from pathlib import Path

import pytest

from tables import detect_format

FOLDER = Path(__file__).parents[3] / "cases"
CASES = {
    "13_comment_preamble.csv": ({"year": 1980, "mean": 340, "unc": 0.1}, 40, "lines_before_header"),
    "13_preamble.csv": ({"sales": 0, "staff": 0}, 30, "lines_before_header"),
    "13_worldbank.csv": ({"Country": "C0", "Code": "K0", "2019": 0.5, "2021": 0}, 30, "lines_before_header"),
    "14_html_table.xls": ({"a": 0, "b": "x"}, 10, None),
    "14_whitespace.txt": ({"t": 35, "status": 0, "sex": 0, "logwbc": 1, "rx": 0}, 40, "split_at_blanks"),
    "15_excel_short_rows.csv": ({"a": 0, "b": 0, "c": 0, "note": "see"}, 60, "short_rows"),
    "20_sjis.csv": ({"都市": "東京", "b": 1}, 3, None),
    "21_array.json": ({"a": 1, "b": "x"}, 3, None),
    "26_pandas_index.parquet": ({"x": 1, "y": 0}, 30, "index_left_out"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_real_file_is_read_as_it_was_meant(table, name):
    first, rows, code = CASES[name]
    content = (FOLDER / name).read_bytes()
    encoding = "shift_jis" if "sjis" in name else None
    read = table(content, detect_format(content, None, name), encoding=encoding)
    assert (read.ingested.rows, read.ingested.rows_rejected) == (rows, 0)
    assert first.items() <= read.rows[0].items()
    assert code is None or code in read.codes
    assert "one_column" not in read.codes
