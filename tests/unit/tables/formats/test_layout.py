"""Tables that do not begin with their header: what is above and below it, several lines of names, and none."""

import pytest

from tables import UnreadableFile

ROWS = [f"{number},{number * 1.5},w{number % 3}" for number in range(1, 20)]
BODY = "\n".join(ROWS) + "\n"
GROUPED = "".join(f"a{number},{number},{number % 4},{number * 2},7\n" for number in range(1, 20))


def check_first(read, names, first, rows=19):
    assert list(read.rows[0]) == names
    assert list(read.rows[0].values()) == first
    assert (read.ingested.rows, read.ingested.rows_rejected) == (rows, 0)


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("My table of things\n", 2),
        ("Report: Monthly sales\nGenerated: 2024-01-31\n\n", 4),
        ("Location: Oslo, Norway\nDate: 2024-01-31\n\n", 4),
        ("Report,,\nGenerated,2024-01-31,\n,,\n", 4),
        ('"Data Source","World Development Indicators"\n\n"Last Updated Date","2024-01-31"\n\n', 5),
        ("# CO2, yearly\n# citation\n#\n", 4),
        ("% made by hand\n", 2),
        ("// made by hand\n", 2),
        ("; made by hand\n\n", 3),
    ],
)
def test_lines_above_the_header_are_passed_over_and_named(table, above, line):
    read = table(above + "id,size,word\n" + BODY)
    check_first(read, ["id", "size", "word"], [1, 1.5, "w1"])
    assert read.codes == ["lines_before_header"]
    assert f"names of the columns are in line {line}" in (read.issues[0].suggestion or "")


def test_a_title_above_words_is_found_by_the_blank_line_below_it(table):
    read = table("People\n\nname,city\nAnn,Oslo\nBo,Rome\nCy,Bonn\n")
    check_first(read, ["name", "city"], ["Ann", "Oslo"], rows=3)


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("#,size,word", ["#", "size", "word"]),
        ("#id,size,word", ["#id", "size", "word"]),
        ("# id,size,word", ["id", "size", "word"]),
        ("# made by hand\n# id,size,word", ["id", "size", "word"]),
    ],
)
def test_the_header_may_begin_with_a_mark_of_comments(table, header, names):
    check_first(table(header + "\n" + BODY), names, [1, 1.5, "w1"])


@pytest.mark.parametrize("units", ["s,m/s,-", "(s),[m],", "kg,°C,text", "---,---,---"])
def test_a_line_of_units_below_the_names_is_passed_over(table, units):
    read = table(f"id,size,word\n{units}\n{BODY}")
    check_first(read, ["id", "size", "word"], [1, 1.5, "w1"])
    assert [(issue.code, issue.line) for issue in read.issues] == [("units_line", 2)]


def test_words_in_the_first_row_of_data_are_no_units(table):
    read = table("id,size\n1,kg\n" + "".join(f"{number},{number}\n" for number in range(30)))
    assert "units_line" not in read.codes


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (",Sales,,Costs,\nid,2019,2020,2019,2020\n", ["id", "Sales 2019", "Sales 2020", "Costs 2019", "Costs 2020"]),
        ("id,Sales,,Costs,\n,min,max,min,max\n", ["id", "Sales min", "Sales max", "Costs min", "Costs max"]),
        ("id,a,a,b,b\n,x,y,x,y\n", ["id", "a x", "a y", "b x", "b y"]),
        ("Table 3,,,,\nid,a,a,b,b\n,x,y,x,y\n", ["id", "a x", "a y", "b x", "b y"]),
    ],
)
def test_names_of_groups_are_joined_with_those_of_their_columns(table, header, names):
    read = table(header + GROUPED)
    check_first(read, names, ["a1", 1, 1, 2, 7])
    assert "header_lines_joined" in read.codes


@pytest.mark.parametrize(
    "lines",
    [
        ["5.1,3.5,1.4,Iris-setosa", "4.9,3.0,1.4,Iris-setosa", "4.7,3.2,1.3,Iris-setosa"],
        ["1", "2.5", "3"],
        ["2024-01-01,5", "2024-01-02,6", "2024-01-03,4"],
        ["Ann,34,1.7", "Bo,35,1.8", "Cy,36,1.6"],
        ["p,x,s", "e,x,y", "p,y,s", "e,y,y", "p,y,y", "e,x,s"],
    ],
)
def test_a_first_line_of_data_is_a_row(table, lines):
    read = table("\n".join(lines))
    assert read.ingested.rows == len(lines)
    assert next(iter(read.types)) == "column_1"
    assert "no_header" in read.codes


@pytest.mark.parametrize("header", ["id,2019,2020", "0,1,2", "400,402.5,405", "id,size,word"])
def test_years_and_even_steps_are_names(table, header):
    read = table(header + "\n" + "".join(f"{number},{number * 3 % 7},{number}\n" for number in range(5, 20)))
    assert list(read.rows[0]) == header.split(",")
    assert "no_header" not in read.codes


def test_the_header_line_that_is_given_decides(table):
    text = "x\ny\na,b\n1,2\n3,4\n"
    assert table(text, header_line=3).rows == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    assert table("1,2\n3,4\n", header_line=1).rows == [{"1": 3, "2": 4}]
    read = table("u,v\nx,y\nu,y\n", header_line=0)
    assert read.rows[0] == {"column_1": "u", "column_2": "v"}
    assert read.issues == []
    with pytest.raises(UnreadableFile, match="header_line is 9"):
        table(text, header_line=9)


def test_notes_below_the_table_are_passed_over(table):
    read = table("id,size,word\n" + BODY + "\nSource: World Bank\n* preliminary\n")
    check_first(read, ["id", "size", "word"], [1, 1.5, "w1"])
    assert [(issue.code, issue.line, issue.value) for issue in read.issues] == [
        ("lines_after_table", 22, "Source: World Bank | * preliminary")
    ]


def test_a_total_at_the_end_is_no_row(table):
    read = table("id,size,word\n" + BODY + "Total,285,\n")
    assert read.ingested.rows == 19
    assert [(issue.code, issue.line, issue.action) for issue in read.issues] == [("total_row", 21, "row_rejected")]
    assert table("id,size\nTotal,1\nTotal,2\nTotal,4\nTotal,9\n").ingested.rows == 4


@pytest.mark.parametrize("text", ["review\nGood, but dear\nBad, never again\nNice\n", "a b\nc\nd e f\n"])
def test_one_column_of_text_comes_with_advice(table, text):
    read = table(text)
    assert "one_column" in read.codes
    assert "header_line" in (read.issues[0].suggestion or "")


def test_cells_left_out_at_the_end_of_many_rows_are_empty(table):
    read = table("a,b,c,note\n" + "1,2,3,x\n" * 10 + "4,5,6\n" * 20 + "7,8\n")
    assert read.ingested.rows == 31
    assert read.column("note") == ["x"] * 10 + [None] * 21
    assert [(issue.code, issue.value) for issue in read.issues] == [("short_rows", "21 of 31 rows")]


def test_a_few_short_rows_among_many_are_rejected(table):
    read = table("a,b,c\n" + "1,2,3\n" * 500 + "4,5\n" * 3)
    assert (read.ingested.rows, read.codes) == (500, ["too_few_cells"] * 3)


def test_short_rows_are_filled_below_a_title_and_above_notes(table):
    read = table("Report\n\na,b,c\n" + "1,2,3\n" * 10 + "4,5\n" * 5 + "\nSource: me\n")
    assert read.ingested.rows == 15
    assert sorted(read.codes) == ["lines_after_table", "lines_before_header", "short_rows"]


@pytest.mark.parametrize("above", ["", "Series: unemployment\n\n"])
def test_a_delimiter_at_the_end_of_the_header_alone_names_no_column(table, above):
    read = table(above + "id,size,word,\n" + BODY)
    check_first(read, ["id", "size", "word"], [1, 1.5, "w1"])


@pytest.mark.parametrize("total", ["Total,190,380\nAverage,9.5,19", "TOTALS (n=20),190,380", ",190,380,Total"])
def test_several_totals_and_those_named_elsewhere_are_no_rows(table, total):
    head, row = ("word,size,id,kind", "w{0},{0},{1},k") if total.startswith(",") else ("word,size,id", "w{0},{0},{1}")
    read = table(head + "\n" + "".join(row.format(n, n * 2) + "\n" for n in range(20)) + total + "\n")
    assert read.ingested.rows == 20
    assert read.codes == ["total_row"] * (total.count("\n") + 1)


def test_lines_of_labels_below_the_names_are_passed_over(table):
    labels = "How old?,Where?,How many?\n" + '"{""ImportId"":1}","{""ImportId"":2}","{""ImportId"":3}"\n'
    read = table("Q1,Q2,Q3\n" + labels + "".join(f"{n},c{n % 2},{n * 2}\n" for n in range(9)))
    assert read.types == {"Q1": "numeric", "Q2": "categorical", "Q3": "numeric"}
    assert [(issue.code, issue.line) for issue in read.issues] == [("units_line", 2)]
    assert table("a,b,c\nx,unknown,missing\n" + "x,1,2\n" * 9).ingested.rows == 10


@pytest.mark.parametrize(("cell", "number"), [("(1,250.00)", -1250), ("(D)", None)])
def test_a_first_cell_in_brackets_is_no_unit_if_it_is_a_number_or_a_word_for_missing(table, cell, number):
    read = table(f'x\n"{cell}"\n12.5\n3.5\n7\n')
    assert read.column("x") == [number, 12.5, 3.5, 7]


def test_a_line_that_names_the_index_of_pandas_is_no_row(table):
    read = table(",x,x,k\n,mean,std,mean\ncity,,,\n" + "".join(f"c{n},{n},{n + 1},{n}\n" for n in range(9)))
    assert list(read.types) == ["city", "x mean", "x std", "k mean"]
    assert read.ingested.rows == 9


def test_names_that_are_repeated_among_the_rows_are_no_row(table):
    part = "city,x\n" + "".join(f"c{n % 3},{n}\n" for n in range(9))
    read = table(part + part.replace("c0", "d"))
    assert read.types == {"city": "categorical", "x": "numeric"}
    assert read.ingested.rows == 18
    assert [(issue.code, issue.line, issue.action) for issue in read.issues] == [
        ("repeated_header", 11, "row_rejected")
    ]


def test_names_that_are_given_to_the_last_columns_have_an_issue_unless_the_first_is_an_index(table):
    read = table("item,price\n" + "".join(f"i{n % 3},$1,{100 + n}\n" for n in range(9)))
    assert "names_moved" in read.codes
    assert "names_moved" not in table("item,price\n" + "".join(f"r{n},i,{n}\n" for n in range(9))).codes


@pytest.mark.parametrize("total", ["Grand Total", "Итого", "Gesamtsumme:", "合計"])
def test_notes_with_delimiters_below_a_total_hide_it_not(table, total):
    read = table(
        f"word,size,id\n{''.join(f'w{row},{row},{row * 2}' + chr(10) for row in range(20))}{total},190,380\n"
        "Source: World Bank,,\n* preliminary,,\n"
    )
    assert read.ingested.rows == 20
    assert sorted((issue.code, issue.line) for issue in read.issues) == [("lines_after_table", 23), ("total_row", 22)]


def test_a_last_row_with_a_name_alone_is_a_row(table):
    read = table("word,size\nred,1\nblue,2\nlight green,\n")
    assert read.rows[-1] == {"word": "light green", "size": None}


def test_of_two_delimiters_that_fit_that_with_the_earlier_header_is_taken(table):
    read = table('n_n,n n\nxx,xx\n\nxx,x;x\nxx,"x;\n;x"\n')
    assert list(read.types) == ["n_n", "n n"]
    assert read.ingested.rows == 3
