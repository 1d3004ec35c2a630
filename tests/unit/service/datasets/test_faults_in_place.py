"""Rows and issues by the lines of the file, so that a fault can be shown where it stands."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.unit.service.datasets.test_datasets import parquet, upload_raw

FAULTY = b'name,size\na,1\n"b\nc",2\nd,x\ne,4,5\nf,6\n'
"""A row on two lines, a cell that is no number among few, and a row that is too long."""


def get(client: FlaskClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_rows_are_given_with_their_lines_and_from_a_line_on(client: FlaskClient) -> None:
    path = f"/v1/datasets/{upload_raw(client, FAULTY)['id']}"
    rows = get(client, f"{path}/rows")
    assert [row["name"] for row in rows["data"]] == ["a", "b\nc", "d", "f"]
    assert rows["lines"] == [2, 3, 5, 7]

    for line, expected in ((1, [2, 3]), (3, [3, 5]), (4, [5, 7]), (6, [7]), (7, [7]), (8, [])):
        page = get(client, f"{path}/rows?from_line={line}&limit=2")
        assert page["lines"] == expected
    assert (page["has_more"], page["after"]) == (False, 4)
    assert get(client, f"{path}/rows?from_line=3&after=2&limit=1")["lines"] == [5]


def test_issues_between_lines(client: FlaskClient) -> None:
    path = f"/v1/datasets/{upload_raw(client, FAULTY)['id']}/issues"
    lines = [issue["line"] for issue in get(client, path)["data"]]
    assert 6 in lines
    assert [issue["line"] for issue in get(client, f"{path}?from_line=6&to_line=6")["data"]] == [6]
    assert get(client, f"{path}?from_line=7")["data"] == []
    assert get(client, f"{path}?to_line=1")["data"] == []


def test_rows_of_a_file_without_lines_have_none(client: FlaskClient) -> None:
    kind = "application/vnd.apache.parquet"
    rows = get(client, f"/v1/datasets/{upload_raw(client, parquet(), kind)['id']}/rows?from_line=9")
    assert (rows["lines"], len(rows["data"])) == ([None, None], 2)


@pytest.mark.parametrize("query", ["rows?from_line=0", "rows?from_line=x", "issues?to_line=-1"])
def test_lines_are_counted_from_1(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/v1/datasets/{upload_raw(client)['id']}/{query}")
    assert answer.status_code == 422
