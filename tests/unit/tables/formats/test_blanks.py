"""Tables whose cells are divided by blanks."""

import pytest

from tables import UnreadableFile

PEOPLE = [("Ann Smith", 31, "New York"), ("Bo", 8, "Oslo"), ("Cy Lee Fox", 45, "Rome"), ("Di", 5, "Los Angeles")] * 4


def test_single_blanks_divide_cells(table):
    read = table("t status logwbc\n" + "".join(f"{n} {n % 2} {n / 10:.2f}\n" for n in range(40)))
    assert list(read.rows[3].values()) == [3, 1, 0.3]
    assert "split_at_blanks" in read.codes


def test_runs_of_blanks_divide_cells_and_those_at_the_ends_do_not(table):
    read = table("   t   st   sex \n" + "".join(f"{n:4d}  {n * 1.5:7.3f}\t {n % 3}  \n" for n in range(40)))
    assert list(read.rows[3]) == ["t", "st", "sex"]
    assert list(read.rows[3].values()) == [3, 4.5, 0]


@pytest.mark.parametrize("quote", ['"', ""])
def test_a_table_of_r_has_row_names_without_a_name(table, quote):
    name = f"{quote}Mazda RX%d{quote}" if quote else "Mazda%d"
    header = f"{quote}mpg{quote} {quote}cyl{quote}\n"
    read = table(header + "".join(f"{name % n} {n}.5 {n % 3}\n" for n in range(12)))
    assert list(read.rows[3]) == ["column_1", "mpg", "cyl"]
    assert list(read.rows[3].values()) == [name.strip('"') % 3, 3.5, 0]


def test_cells_of_two_words_are_divided_by_more_than_one_blank(table):
    read = table("Name  Age  City\n" + "".join("   ".join(map(str, row)) + "\n" for row in PEOPLE))
    assert [tuple(row.values()) for row in read.rows] == PEOPLE


def test_columns_of_fixed_width_are_divided_at_their_positions(table):
    read = table("Name        Age City\n" + "".join(f"{name:12}{age:3} {city}\n" for name, age, city in PEOPLE))
    assert [tuple(row.values()) for row in read.rows] == PEOPLE


def test_a_line_across_the_positions_is_rejected(table):
    lines = [f"{name:12}{age:3} {city}\n" for name, age, city in PEOPLE] * 30
    lines[400] = "a line that fits nothing here\n"
    read = table("Name        Age City\n" + "".join(lines))
    assert read.ingested.rows == len(lines) - 1
    assert [issue.line for issue in read.issues if issue.action == "row_rejected"] == [402]


def test_a_commented_header_is_divided_like_its_rows(table):
    read = table("# a b c\n" + "".join(f"{n} {n * 1.5:.3f} {n:.3e}\n" for n in range(20)))
    assert list(read.rows[2].values()) == [2, 3, 2]
    assert list(read.rows[2]) == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["comment\nthis is good\nthat is bad\n", "when\n2020-01-01 10:00\n2020-01-02 11:00\n"])
def test_words_with_blanks_stay_one_column(table, text):
    assert len(table(text).types) == 1


def test_lines_are_those_of_the_file_beyond_the_first_piece(table):
    lines = [f"{n}   {n % 7}.5" for n in range(200_000)]
    lines[150_000] = "1  2  3"
    read = table("a  b\n" + "\n".join(lines))
    assert [(issue.code, issue.line) for issue in read.issues if issue.line] == [("too_many_cells", 150_002)]
    assert read.ingested.rows == 199_999


def test_sparse_rows_are_refused_with_what_to_do(table):
    with pytest.raises(UnreadableFile, match="svmlight") as refused:
        table("1 1:0.5 3:2\n-1 2:1 3:0\n1 1:1\n")
    assert "to_csv" in refused.value.advice
