"""Dates, times of day and durations, as people write them, in files to learn from and in rows to predict."""

import math
from datetime import UTC, datetime

import pytest

from learning.column_format import ColumnFormat
from learning.encoding.columns import InputColumn
from tables import BadRows, frame_from_csv, frame_from_rows
from tables.options import ReadOptions
from tables.types.date_evidence import infer_last_year


def column(table, *cells, name="x", **options):
    """A table of one column beside a number of its own in each row."""
    return table(f"n;{name}\n" + "".join(f'{i};"{cell}"\n' for i, cell in enumerate(cells)), **options)


def format_of(read):
    """The format of the column, as a model keeps it."""
    return ColumnFormat.from_json(read.ingested.columns[1].format or {})


def predict_from(cell, format_, kind="datetime"):
    """The value of a cell of a model's input, alone as JSON, and in the second row of a CSV file; both must agree."""
    inputs = (InputColumn("x", kind, format=format_),)
    alone = frame_from_rows([{"x": cell}], inputs)["x"].values[0]
    second = frame_from_csv(f'x\n\n"{cell}"\n'.encode(), inputs)["x"].values[-1]
    assert alone == second
    return alone if kind == "numeric" else datetime.fromtimestamp(alone, UTC).isoformat()


@pytest.mark.parametrize(
    ("cells", "moments"),
    [
        (["2024-01-31", "2024-02-01"], ["2024-01-31T00:00:00Z", "2024-02-01T00:00:00Z"]),
        (["2024/1/31", "2024/2/1"], ["2024-01-31T00:00:00Z", "2024-02-01T00:00:00Z"]),
        (["31/01/2024", "01/02/2024"], ["2024-01-31T00:00:00Z", "2024-02-01T00:00:00Z"]),
        (["01/31/2024", "02/01/2024"], ["2024-01-31T00:00:00Z", "2024-02-01T00:00:00Z"]),
        (["31.01.2024", "1.2.2024"], ["2024-01-31T00:00:00Z", "2024-02-01T00:00:00Z"]),
        (["31 Jan 2024", "1 February 2024"], ["2024-01-31T00:00:00Z", "2024-02-01T00:00:00Z"]),
        (["31-Jan-2024", "01-Feb-2024"], ["2024-01-31T00:00:00Z", "2024-02-01T00:00:00Z"]),
        (["Jan 31, 2024", "February 1, 2024"], ["2024-01-31T00:00:00Z", "2024-02-01T00:00:00Z"]),
        (["2024-01-31 18:30", "2024-02-01 06:05"], ["2024-01-31T18:30:00Z", "2024-02-01T06:05:00Z"]),
        (["2024-01-31T18:30:15Z", "2024-02-01T06:05:00.25Z"], ["2024-01-31T18:30:15Z", "2024-02-01T06:05:00.250000Z"]),
        (["2024-01-31T18:30:00+02:00", "2024-02-01T00:30:00-0500"], ["2024-01-31T16:30:00Z", "2024-02-01T05:30:00Z"]),
        (["1/31/2024 6:30 PM", "2/1/2024 12:05 AM"], ["2024-01-31T18:30:00Z", "2024-02-01T00:05:00Z"]),
        (["2024-01-31", "2024-02-01 10:00"], ["2024-01-31T00:00:00Z", "2024-02-01T10:00:00Z"]),
        (["2024. 1. 31.", "2024. 2. 1."], ["2024-01-31T00:00:00Z", "2024-02-01T00:00:00Z"]),
        (["31/01/2024 à 13h05", "1/2/2024 à 9h00"], ["2024-01-31T13:05:00Z", "2024-02-01T09:00:00Z"]),
        (
            ["31-JAN-2024 10.15.00.5 PM", "01-FEB-2024 01.00.00.0 AM"],
            ["2024-01-31T22:15:00.500000Z", "2024-02-01T01:00:00Z"],
        ),
        (["KW 5/2024", "KW 06/2024"], ["2024-01-29T00:00:00Z", "2024-02-05T00:00:00Z"]),
        (["T1 2024", "T4 2024"], ["2024-01-01T00:00:00Z", "2024-10-01T00:00:00Z"]),
        (["2024-01-31 10:00 UTC", "2024-02-01 11:00 UTC"], ["2024-01-31T10:00:00Z", "2024-02-01T11:00:00Z"]),
    ],
)
def test_dates_are_read_in_both_orders_and_many_forms(table, cells, moments):
    read = column(table, *cells)
    assert read.types["x"] == "datetime"
    assert read.column("x") == moments
    assert read.issues == []


def test_the_order_of_day_and_month_is_decided_over_the_whole_column(table):
    early = [f"{day:02}/{month:02}/2024" for month in range(1, 13) for day in range(1, 13)]
    read = column(table, *early, "13/02/2024")
    assert read.column("x")[1] == "2024-01-02T00:00:00Z"
    assert read.issues == []


def test_dates_that_could_be_either_are_taken_day_first_with_a_warning(table):
    read = column(table, "03/04/2024", "05/06/2024")
    assert read.column("x") == ["2024-04-03T00:00:00Z", "2024-06-05T00:00:00Z"]
    assert [(issue.code, issue.column, issue.value) for issue in read.issues] == [("ambiguous_date", "x", "03/04/2024")]
    assert "2024-04-03" in (read.issues[0].suggestion or "")


def test_impossible_dates_are_faults(table):
    read = column(table, "2024-01-31", "2024-02-30", "2024-02-01")
    assert [(issue.code, issue.line, issue.value) for issue in read.issues] == [("not_a_date", 3, "2024-02-30")]
    assert read.column("x") == ["2024-01-31T00:00:00Z", None, "2024-02-01T00:00:00Z"]


@pytest.mark.parametrize("cells", [["2024", "2023"], ["20240131", "20240201"], ["1.2.3", "1.2.4"]])
def test_years_and_versions_are_no_dates(table, cells):
    assert column(table, *cells).types["x"] in {"numeric", "categorical"}


@pytest.mark.parametrize(
    ("cells", "moments"),
    [
        (["Dec-2015", "Jan-2016"], ["2015-12-01", "2016-01-01"]),
        (["December 2015", "January 2016"], ["2015-12-01", "2016-01-01"]),
        (["1949-02", "1950-11"], ["1949-02-01", "1950-11-01"]),
        (["2015/12", "2016/1"], ["2015-12-01", "2016-01-01"]),
        (["12/2015", "1/2016"], ["2015-12-01", "2016-01-01"]),
        (["1949M02", "1949M11"], ["1949-02-01", "1949-11-01"]),
        (["1960q1", "1960q4"], ["1960-01-01", "1960-10-01"]),
        (["Q1 1960", "Q4 1960"], ["1960-01-01", "1960-10-01"]),
        (["2015-Q4", "2016-Q1"], ["2015-10-01", "2016-01-01"]),
        (["2015-W03", "2015-W53"], ["2015-01-12", "2015-12-28"]),
        (["2015-W03-4", "2016-W01-1"], ["2015-01-15", "2016-01-04"]),
        (["Jan-1-1995", "Dec-31-1995"], ["1995-01-01", "1995-12-31"]),
        (["31JAN1995", "01FEB1995"], ["1995-01-31", "1995-02-01"]),
        (["Jan 3rd, 2015", "Feb 21st, 2015"], ["2015-01-03", "2015-02-21"]),
        (["Monday, January 26, 2015", "Tuesday, January 27, 2015"], ["2015-01-26", "2015-01-27"]),
        (["27. Januar 2015", "3. M\u00e4rz 2016"], ["2015-01-27", "2016-03-03"]),
        (["14 juillet 2015", "1er ao\u00fbt 2016"], ["2015-07-14", "2016-08-01"]),
        (["3 de mayo de 2015", "4 de enero de 2016"], ["2015-05-03", "2016-01-04"]),
        (["3 gennaio 2015", "4 ott 2016"], ["2015-01-03", "2016-10-04"]),
        (["3 de fevereiro de 2015", "4 de dez de 2016"], ["2015-02-03", "2016-12-04"]),
        (["3 mrt 2015", "4 mei 2016"], ["2015-03-03", "2016-05-04"]),
        (["Mon, 27 Jan 2015 13:47:00 +0000", "27 Jan 2015 13:47:00 -0500"], ["2015-01-27T13:47", "2015-01-27T18:47"]),
        (["Mon Jan 27 13:47:00 2015", "Tue Feb  3 06:05:00 2015"], ["2015-01-27T13:47", "2015-02-03T06:05"]),
        (["Mon Jan 27 13:47:00 EST 2015", "Tue Feb 3 06:05:00 EST 2015"], ["2015-01-27T18:47", "2015-02-03T11:05"]),
        (["2019-02-21 18:46 EST", "2019-07-21 18:46 EDT"], ["2019-02-21T23:46", "2019-07-21T22:46"]),
        (["2019-02-21 18:46 CET", "2019-07-21 18:46 JST"], ["2019-02-21T17:46", "2019-07-21T09:46"]),
        (["18:30 2015-01-02", "6:05 2015-01-03"], ["2015-01-02T18:30", "2015-01-03T06:05"]),
        (["1/31/2015 6pm", "2/1/2015 12 AM"], ["2015-01-31T18:00", "2015-02-01T00:00"]),
        (["20240131T183000", "20240201T060500Z"], ["2024-01-31T18:30", "2024-02-01T06:05"]),
        (["27/Jan/2015:13:47:00 +0100", "28/Jan/2015:00:00:00 +0100"], ["2015-01-27T12:47", "2015-01-27T23:00"]),
        (["18:30", "6:05"], ["1970-01-01T18:30", "1970-01-01T06:05"]),
        (["6:05 PM", "12:30 a.m."], ["1970-01-01T18:05", "1970-01-01T00:30"]),
        (["18:30:15", "00:00:01"], ["1970-01-01T18:30:15", "1970-01-01T00:00:01"]),
    ],
)
def test_more_ways_to_write_dates_and_times_are_read_and_predicted_from(table, cells, moments):
    read = column(table, *cells)
    assert read.types["x"] == "datetime"
    stored = [datetime.fromisoformat(moment) for moment in read.column("x")]
    assert stored == [datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in moments]
    assert read.issues == []
    assert [predict_from(cell, format_of(read)) for cell in cells] == [moment.isoformat() for moment in stored]


@pytest.mark.parametrize(
    "cells",
    [
        ["2.8.22", "3.1.24", "9.10.20", "3.10.23"],
        ["07.08.18", "08.09.19", "12.01.22", "07.12.18"],
        ["07-08-18", "08-09-19", "12-01-22"],
        ["10.0.0.1", "10.0.0.2"],
        ["555-1234", "12-34-5678"],
        ["3-2", "1-0", "2-2"],
        ["1/2", "3/4"],
        ["10-20", "20-30", "5-10"],
        [f"{year}-{year % 100 + 1:02}" for year in range(2001, 2012)],
        [f"{year}/{year % 100 + 1:02}" for year in range(2004, 2012)],
        ["1000-10", "1234-05", "9731-11"],
        ["MARCH1", "SEPT2"],
        ["98:87", "101:99", "87:85"],
        ["Lot 12 Jan", "Mayor 2015"],
    ],
)
def test_versions_codes_scores_ranges_and_seasons_are_words(table, cells):
    read = column(table, *cells)
    assert read.types["x"] in {"categorical", "text"}
    assert read.column("x") == cells


def test_dates_with_two_digit_years_are_named_in_issues(table):
    read = column(table, "01.02.85", "13.05.86", "28.11.99", name="geburtsdatum")
    assert read.column("geburtsdatum")[1] == "1986-05-13T00:00:00Z"
    assert read.codes == ["two_digit_years", "read_as_dates"]
    assert "1985 to 1999" in (read.issues[0].suggestion or "")
    assert "3 of 3" in (read.issues[1].suggestion or "")
    assert "categorical" in (read.issues[1].suggestion or "")
    assert column(table, "01.02.85", "13.05.86", "28.11.99", types={"x": "categorical"}).issues == []


@pytest.mark.parametrize(
    ("years", "name", "first", "last"),
    [
        ([*range(45, 100), *range(6)], "x", 1945, 2005),
        (range(45, 69), "x", 1945, 1968),
        (range(24, 32), "x", 2024, 2031),
        (range(100), "x", 1927, 2026),
        ([30, 31], "birth_date", 1930, 1931),
        ([*range(20, 36), *range(40, 100), *range(20)], "x", 1927, 2026),
        ([*range(27, 100), *range(9)], "x", 1927, 2008),
        (range(26, 56), "maturity", 2026, 2055),
        ([99, 0], "x", 1999, 2000),
        ([24, 25, 26], "x", 2024, 2026),
    ],
)
def test_a_column_of_past_dates_has_no_future_ones(years, name, first, last):
    bound = infer_last_year(years, name, datetime(2026, 11, 29, tzinfo=UTC))
    read = [bound - (bound - year) % 100 for year in years]
    assert (min(read), max(read)) == (first, last)


def test_later_years_of_a_growing_column_are_read_in_their_century():
    bound = infer_last_year([24, 25, 26], "day", datetime(2026, 11, 29, tzinfo=UTC))
    assert 2030 <= bound < 2124
    assert infer_last_year([45, 60, 99, 5], "x", datetime(2026, 11, 29, tzinfo=UTC)) == 2026


def test_years_of_birth_with_two_digits_are_read_alike_later(table):
    read = column(table, *[f"3/{1 + year % 28}/{year % 100:02}" for year in range(1945, 2006)])
    assert read.column("x")[0] == "1945-03-14T00:00:00Z"
    assert read.column("x")[-1] == "2005-03-18T00:00:00Z"
    assert predict_from("3/14/45", format_of(read)) == "1945-03-14T00:00:00+00:00"
    assert predict_from("3/14/1945", format_of(read)) == "1945-03-14T00:00:00+00:00"


@pytest.mark.parametrize(
    ("cells", "second", "certainty"),
    [
        ([f"{month}/1/{year}" for year in (85, 86) for month in range(1, 13)], "1985-02-01", "likely"),
        ([f"{month}/1/{year}" for year in (1960, 1961, 1962) for month in (1, 4, 7, 10)], "1960-04-01", "likely"),
        ([f"1/{month}/{year}" for year in (1985, 1986) for month in range(1, 13)], "1985-02-01", "likely"),
        ([f"1/{day}/2020" for day in range(1, 32)], "2020-01-02", "certain"),
        (["1/5/2020", "3/9/2020", "4/2/2020", "7/3/2020", "9/1/2020", "12/2/2020"], "2020-03-09", "likely"),
        (["1/5/2020", "2/6/2020"], "2020-06-02", "guessed"),
    ],
)
def test_even_or_ascending_steps_decide_the_order_of_day_and_month(table, cells, second, certainty):
    read = column(table, *cells)
    assert read.column("x")[1] == f"{second}T00:00:00Z"
    assert format_of(read).certainty == certainty
    assert ("ambiguous_date" in read.codes) == (certainty == "guessed")


def test_other_columns_decide_the_order_where_the_cells_do_not(table):
    read = table("a,b\n1/5/2020,1/31/2020\n2/6/2020,2/28/2020\n")
    assert read.column("a") == ["2020-01-05T00:00:00Z", "2020-02-06T00:00:00Z"]
    assert read.codes == ["ambiguous_date"]
    assert "2 of 2" in (read.issues[0].suggestion or "")


def test_the_owner_decides_the_order(table):
    read = column(table, "3/4/2019", "5/6/2019", options=ReadOptions(dates="month_first"))
    assert read.column("x")[0] == "2019-03-04T00:00:00Z"
    assert read.issues == []


def test_the_order_of_day_and_month_belongs_to_the_model(table):
    format_ = format_of(column(table, *[f"{month}/{day}/2019" for month in range(1, 13) for day in range(1, 29)]))
    assert format_.date_order == "month_first"
    for cell in ("3/4/2019", "03/04/2019", "3-4-2019", "3/4/19", "3/4/2019 0:00", "2019-03-04", "4 Mar 2019"):
        assert predict_from(cell, format_) == "2019-03-04T00:00:00+00:00", cell
    inputs = (InputColumn("x", "datetime", format=format_),)
    for rows in (["13/4/2019"], ["13/4/2019", "3/4/2019"], ["3/4/2019", "13/4/2019", "14/4/2019"]):
        with pytest.raises(BadRows) as json_error:
            frame_from_rows([{"x": cell} for cell in rows], inputs)
        with pytest.raises(BadRows) as csv_error:
            frame_from_csv(("x\n" + "\n".join(rows)).encode(), inputs)
        bad = [cell for cell in rows if cell.startswith("1")]
        assert [error.value for error in json_error.value.errors] == bad
        assert [error.value for error in csv_error.value.errors] == bad
        assert "month first" in json_error.value.errors[0].detail


@pytest.mark.parametrize(
    "cell",
    [
        "2024-01-31T18:30:00.123456789+02:00",
        "2024-01-31 18:30:00,5+0230",
        "20240131T183000Z",
        "2024-W05-3",
        "2024-01-31T18",
        "2024-01-31T18:30:00-05:00:30",
    ],
)
def test_every_model_reads_iso_8601(cell):
    expected = datetime.fromisoformat(cell)
    expected = expected.replace(tzinfo=UTC) if expected.tzinfo is None else expected.astimezone(UTC)
    for format_ in (ColumnFormat(), ColumnFormat(datetime_formats=("%m/%d/%y",), date_order="month_first")):
        assert predict_from(cell, format_) == expected.isoformat()


def test_dates_of_databases_that_are_zero_are_missing(table):
    read = column(table, "0000-00-00", "2015-01-02", "2015-01-03", "0000-00-00 00:00:00")
    assert read.column("x") == [None, "2015-01-02T00:00:00Z", "2015-01-03T00:00:00Z", None]
    assert read.codes == ["zero_date"]
    assert "2 of 4" in (read.issues[0].suggestion or "")
    values = frame_from_rows([{"x": "0000-00-00"}], (InputColumn("x", "datetime", format=format_of(read)),))["x"].values
    assert math.isnan(values[0])


@pytest.mark.parametrize(
    ("name", "cells", "seconds"),
    [
        ("x", ["1:02:03", "25:00:00", "30:10:10"], [3723, 90000, 108610]),
        ("x", ["2h 30min", "45 min", "1 hour"], [9000, 2700, 3600]),
        ("x", ["2h30m", "45m", "90s"], [9000, 2700, 90]),
        ("x", ["PT2H30M", "P1DT1S", "PT0.5S"], [9000, 86401, 0.5]),
        ("x", ["1 day 02:00:00", "0 days 00:00:10.5"], [93600, 10.5]),
        ("lap", ["1:02.3", "58.2", "1:10.5"], [62.3, 58.2, 70.5]),
        ("track_length", ["3:45", "4:02"], [225, 242]),
        ("hours", ["38:30", "7:30", "40:00"], [138600, 27000, 144000]),
        ("duration", ["1:02:03", "0:59:59"], [3723, 3599]),
    ],
)
def test_durations_are_seconds_with_an_issue(table, name, cells, seconds):
    read = column(table, *cells, name=name)
    assert read.types[name] == "numeric"
    assert read.column(name) == seconds
    assert read.codes == ["read_as_seconds"]
    assert format_of(read).duration
    assert [predict_from(cell, format_of(read), "numeric") for cell in cells] == seconds
    assert predict_from("90", format_of(read), "numeric") == 90


def test_a_type_makes_times_of_day_durations(table):
    assert column(table, "1:02:03", "0:59:59").types["x"] == "datetime"
    assert column(table, "1:02:03", "0:59:59", types={"x": "numeric"}).column("x") == [3723, 3599]


def test_times_that_may_be_minutes_and_seconds_have_an_issue(table):
    read = column(table, "1:10", "1:50", "3:45")
    assert read.column("x")[0] == "1970-01-01T01:10:00Z"
    assert read.codes == ["read_as_times"]
    assert "3 of 3" in (read.issues[0].suggestion or "")
    assert column(table, "1:10", "1:50", "3:45", types={"x": "numeric"}).column("x") == [70, 110, 225]


def test_times_of_day_stay_within_a_day(table):
    read = column(table, "24:00", "18:30 EST", "20:30 EST")
    assert read.column("x") == ["1970-01-01T00:00:00Z", "1970-01-01T23:30:00Z", "1970-01-01T01:30:00Z"]
    days = column(table, "2015-01-31 24:00", "2015-01-31 18:30", "2015-02-01 06:05")
    assert days.column("x")[0] == "2015-02-01T00:00:00Z"


@pytest.mark.parametrize(
    "given", ["%", "%j", "%Y%Y", "%H", "%I %p", "%Y-%m-%d %", "%Y\n%m", "(", "x" * 10_000, "", "%d", "%Z"]
)
def test_formats_of_a_file_that_somebody_made_read_nothing_or_a_datetime(given):
    inputs = (InputColumn("x", "datetime", format=ColumnFormat(datetime_formats=(given,), last_year=9999)),)
    with pytest.raises(BadRows):
        frame_from_rows([{"x": "nothing"}, {"x": ")"}], inputs)


def test_a_year_of_two_digits_is_first_where_that_makes_even_steps(table):
    days = [f"19/{month:02}/{day:02}" for month in (5, 6, 7) for day in range(1, 29)]
    read = column(table, *days)
    assert read.column("x")[0] == "2019-05-01T00:00:00Z"
    assert predict_from("20/01/15", format_of(read)) == "2020-01-15T00:00:00+00:00"
    months = [f"01/{month:02}/{year}" for year in (19, 20, 21) for month in range(1, 13)]
    assert column(table, *months).column("x")[-1] == "2021-12-01T00:00:00Z"


def test_minutes_with_parts_of_a_second_are_durations(table):
    read = column(table, "1:23.456", "1:24.012", "0:59.9")
    assert read.column("x") == pytest.approx([83.456, 84.012, 59.9])
    assert predict_from("2:00.5", format_of(read), "numeric") == pytest.approx(120.5)


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["23 Μαΐου 2019", "24 Ιουνίου 2019"], "not known"),
        (["令和2年6月3日", "平成31年4月30日"], "not known"),
        (["the 5th of May 2019", "the 6th of June 2019"], "dates beside other text"),
    ],
)
def test_words_that_are_nearly_dates_have_an_issue_that_says_what_is_in_the_way(table, cells, why):
    read = column(table, *cells)
    assert read.codes == ["nearly_dates"]
    assert why in read.issues[0].suggestion


@pytest.mark.parametrize(
    ("cells", "name", "kind"),
    [
        (["43831", "43832.5", "43900.25"], "date", "days of a spreadsheet"),
        (["20190523", "20190524", "20191231"], "x", "dates such as 20240131"),
        (["201905", "201912"], "month", "months such as 202401"),
    ],
)
def test_dates_in_digits_have_an_issue(table, cells, name, kind):
    read = column(table, *cells, name=name)
    assert read.codes == ["maybe_dates"]
    assert kind in read.issues[0].suggestion


@pytest.mark.parametrize("sentinel", ["9999-12-31", "1900-01-01"])
def test_dates_far_from_all_others_may_stand_for_missing_ones(table, sentinel):
    days = [f"2024-01-{day:02}" for day in range(1, 20)]
    read = column(table, sentinel, *days, sentinel)
    assert [(issue.code, issue.value) for issue in read.issues] == [("maybe_missing", sentinel)]
    assert "2 of 21 cells, all others of which are from 2024-01-01 to 2024-01-19" in read.issues[0].suggestion
    named = ReadOptions(missing_values=(sentinel,))
    read = column(table, sentinel, *days, sentinel, options=named)
    assert read.column("x")[0] is None
    inputs = (InputColumn("x", "datetime", format=format_of(read)),)
    assert math.isnan(frame_from_rows([{"x": sentinel}], inputs)["x"].values[0])
