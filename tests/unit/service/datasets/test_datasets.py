"""Datasets over HTTP: uploads in every format, issues, rows, lists, downloads and deletion."""

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.ids import new_id
from contract.specs import JobSpec
from service.datasets.json_rows import MAX_ROWS_BYTES, MAX_ROWS_CONTAINERS
from store import datasets
from store.database import begin_write
from store.jobs import jobs
from tables import IngestedTable, ReadOptions, ingest
from tests.databases import on_every_database
from tests.workbooks import write_ods, write_xlsx

HOUSES = b"sqft,zip,price\n1200,01234,187400\n800,00501,121000\n950,01234,1x0\n1000,90210,140000\n"


def upload_raw(
    client: FlaskClient, raw: bytes = HOUSES, kind: str = "text/csv", query: str = "", **more: Any
) -> dict[str, Any]:
    """The dataset that became of a raw body."""
    response = client.post(f"/v1/datasets{query}", data=raw, content_type=kind, **more)
    assert response.status_code == 201, response.get_data(as_text=True)
    assert response.headers["Location"] == f"/v1/datasets/{response.json['id']}"
    return response.json


def list_files(tmp_path: Path) -> list[str]:
    """The files that are kept."""
    root = tmp_path / "files"
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_small_table_is_ready_in_the_answer(client: FlaskClient) -> None:
    dataset = upload_raw(client, query="?name=houses.csv")

    assert (dataset["object"], dataset["name"], dataset["status"], dataset["format"]) == (
        "dataset",
        "houses.csv",
        "ready",
        "csv",
    )
    assert (dataset["bytes"], dataset["sha256"]) == (len(HOUSES), hashlib.sha256(HOUSES).hexdigest())
    assert (dataset["rows"], dataset["rows_rejected"], dataset["issue_counts"]["error"]) == (4, 0, 1)
    assert [column["name"] for column in dataset["columns"]] == ["sqft", "zip", "price"]
    assert dataset["columns"][2]["mean"] == pytest.approx((187400 + 121000 + 140000) / 3)
    assert dataset["created_at"].endswith("Z")
    assert client.get(f"/v1/datasets/{dataset['id']}").json == dataset


def test_reuse_answers_with_the_dataset_of_the_same_file_name_and_options(client: FlaskClient, tmp_path: Path) -> None:
    def upload(query: str, raw: bytes = HOUSES) -> tuple[int, str]:
        answer = client.post(f"/v1/datasets?reuse=true&{query}", data=raw, content_type="text/csv")
        assert answer.headers["Location"] == f"/v1/datasets/{answer.get_json()['id']}"
        return answer.status_code, answer.get_json()["id"]

    typed = 'name=houses.csv&types={"sqft":"categorical"}'
    first, same, typed_first = upload("name=houses.csv"), upload("name=houses.csv"), upload(typed)
    others = [upload("name=other.csv"), upload("name=houses.csv", HOUSES + b"1,2,3\n")]

    assert (first[0], same) == (201, (200, first[1]))
    assert upload(typed) == (200, typed_first[1])
    assert client.get(f"/v1/datasets/{typed_first[1]}").get_json()["types"] == {"sqft": "categorical"}
    ids = {first[1], typed_first[1], *(dataset for _, dataset in others)}
    assert {status for status, _ in others} == {201}
    assert {path.split("/")[1].split(".")[0] for path in list_files(tmp_path)} == ids
    assert upload_raw(client, query="?name=houses.csv")["id"] not in ids


def parquet() -> bytes:
    file = io.BytesIO()
    pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}).write_parquet(file)
    return file.getvalue()


WORKBOOK = write_xlsx({"One": [["a", "b"], [1, "x"], [2, "y"]]})


@pytest.mark.parametrize(
    ("kind", "raw", "format_"),
    [
        ("text/csv", b"a,b\n1,x\n2,y\n", "csv"),
        ("text/csv; charset=utf-8", b"a,b\n1,x\n2,y\n", "csv"),
        ("text/tab-separated-values", b"a\tb\n1\tx\n2\ty\n", "tsv"),
        ("application/x-ndjson", b'{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n', "ndjson"),
        ("application/vnd.apache.parquet", parquet(), "parquet"),
        ("application/json", b'{"rows": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]}', "ndjson"),
        ("application/json", b' [{"a": 1, "b": "x"},\n{"a": 2, "b": "y"}]', "json"),
        ("application/json", b'{"a": [1, 2], "b": ["x", "y"]}', "json"),
        ("application/json", b'\xef\xbb\xbf{"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}}', "json"),
        ("application/json", b'{"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [2, "y"]]}', "json"),
        ("application/json", '[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]'.encode("utf-16"), "json"),
        ("application/octet-stream", b'[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]', "json"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", WORKBOOK, "xlsx"),
        ("application/vnd.oasis.opendocument.spreadsheet", write_ods([["a", "b"], [1, "x"], [2, "y"]]), "ods"),
        ("text/csv", WORKBOOK, "xlsx"),
        ("text/html", b"<table><tr><td>a<td>b<tr><td>1<td>x<tr><td>2<td>y</table>", "html"),
        ("text/x-arff", b"@relation r\n@attribute a real\n@attribute b {x, y}\n@data\n1,x\n2,y\n", "arff"),
    ],
)
def test_every_format_gives_the_same_rows(client: FlaskClient, kind: str, raw: bytes, format_: str) -> None:
    dataset = upload_raw(client, raw, kind)

    rows = client.get(f"/v1/datasets/{dataset['id']}/rows").json
    assert dataset["format"] == format_
    assert len(rows.pop("lines")) == 2
    assert rows == {"object": "list", "data": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], "has_more": False, "after": 2}


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "application/vnd.ms-excel",
        "application/x-gzip",
        "",
        None,
    ],
)
@pytest.mark.parametrize(
    ("name", "raw", "format_"),
    [
        ("t.csv", b"a,b\n1,x\n2,y\n", "csv"),
        ("t.tsv", b"a\tb\n1\tx\n2\ty\n", "tsv"),
        ("t.csv.gz", gzip.compress(b"a,b\n1,x\n2,y\n", mtime=0), "csv"),
        ("t.parquet", parquet(), "parquet"),
        ("t.xlsx", WORKBOOK, "xlsx"),
        ("t.xls", b"<table><tr><td>a<td>b<tr><td>1<td>x<tr><td>2<td>y</table>", "html"),
        ("t", b'{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n', "ndjson"),
    ],
)
def test_a_media_type_that_says_nothing_leaves_it_to_name_and_bytes(
    client: FlaskClient, kind: str | None, name: str, raw: bytes, format_: str
) -> None:
    answer = client.post(f"/v1/datasets?name={name}", data=raw, content_type=kind)

    assert (answer.status_code, answer.json["format"]) == (201, format_), answer.json
    rows = client.get(f"/v1/datasets/{answer.json['id']}/rows").json["data"]
    assert rows == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert client.get(f"/v1/datasets/{answer.json['id']}/content").status_code == 200


def test_a_raw_file_may_be_named_in_its_disposition(client: FlaskClient) -> None:
    headers = {"Content-Disposition": "attachment; filename*=UTF-8''caf%C3%A9.tsv"}
    answer = client.post("/v1/datasets", data=b"a\tb,c\n1\tx,y\n2\tz\n", headers=headers)
    assert (answer.json["name"], answer.json["format"]) == ("café.tsv", "tsv")


def test_options_reach_the_reader_of_each_format(client: FlaskClient) -> None:
    book = write_xlsx({"One": [["x"], ["a"], [1]], "Two": [["y"], ["b"], [2], [3]]})
    read = upload_raw(client, book, "application/vnd.ms-excel", query="?name=t.xlsx&sheet=Two&header_line=2")
    assert [column["name"] for column in read["columns"]] == ["b"]
    refused = client.post("/v1/datasets?sheet=3", data=book, content_type="application/octet-stream")
    assert refused.status_code == 422
    assert "One, Two" in refused.json["detail"]
    sjis = "都市,b\n東京,1\n".encode("shift_jis")
    assert upload_raw(client, sjis, "text/csv; charset=Shift_JIS")["columns"][0]["name"] == "都市"


def test_bytes_of_no_table_are_refused_with_advice_whatever_they_are_called(client: FlaskClient) -> None:
    for raw in (b"\x89PNG\r\n\x1a\n", b"7z\xbc\xaf\x27\x1c" + bytes(99), b"<html>Sign in</html>", b"%PDF-1.7"):
        answer = client.post("/v1/datasets?name=t", data=raw, content_type="application/octet-stream")
        assert (answer.status_code, answer.json["type"]) == (422, "/problems/not-a-table"), answer.json
    assert client.post("/v1/datasets", data=b"x", content_type="image/png").status_code == 415


@pytest.mark.parametrize(
    ("query", "kind", "format_"),
    [
        ("?name=t.md", "text/plain", "text"),
        ("?name=t.md", None, "text"),
        ("", "text/markdown", "text"),
        ("", "text/x-markdown", "text"),
        ("?name=t.txt&format=text", "text/plain", "text"),
        ("?format=text", "text/csv", "text"),
        ("?name=t.txt", "text/plain", "csv"),
        ("", "text/plain", "csv"),
    ],
)
def test_text_of_lines_is_what_is_called_so_and_other_text_is_a_table(
    client: FlaskClient, query: str, kind: str | None, format_: str
) -> None:
    answer = client.post(f"/v1/datasets{query}", data=b"a,b\n1,x\n2,y\n", content_type=kind)

    assert (answer.status_code, answer.json["format"]) == (201, format_), answer.json
    rows = client.get(f"/v1/datasets/{answer.json['id']}/rows").json["data"]
    lines = [{"text": line} for line in ("a,b", "1,x", "2,y")]
    assert rows == (lines if format_ == "text" else [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}])


@pytest.mark.parametrize("fields", [{"file": (io.BytesIO(b"a,b\n1,x\n"), "t.md")}, {"format": "text"}])
def test_a_form_may_say_that_a_file_is_text(client: FlaskClient, fields: dict[str, Any]) -> None:
    form = {"file": (io.BytesIO(b"a,b\n1,x\n"), "t.txt"), **fields}
    dataset = client.post("/v1/datasets", data=form, content_type="multipart/form-data").json
    assert (dataset["format"], dataset["rows"]) == ("text", 2)

    content = client.get(f"/v1/datasets/{dataset['id']}/content")
    assert (content.mimetype, content.data) == ("text/plain", b"a,b\n1,x\n")


def test_types_can_be_overridden(client: FlaskClient) -> None:
    overridden = upload_raw(client, query='?types={"sqft":"categorical"}')

    assert overridden["columns"][0]["type"] == "categorical"


@pytest.mark.parametrize(
    ("types", "pointer", "suggestion"),
    [
        ('{"zip":"categoricl"}', "?types/zip", "categorical"),
        ('{"zip"', "?types", None),
        ("[]", "?types", None),
        ('{"zip":1}', "?types/zip", None),
    ],
)
def test_wrong_types_are_named(client: FlaskClient, types: str, pointer: str, suggestion: str | None) -> None:
    response = client.post("/v1/datasets", data=HOUSES, content_type="text/csv", query_string={"types": types})

    assert response.status_code == 422
    (error,) = response.json["errors"]
    assert (error["pointer"], error["suggestion"]) == (pointer, suggestion)


OPTIONS = {
    "missing_values": ["n.d.", "a,b"],
    "decimal": "comma",
    "dates": "month_first",
    "header_line": 1,
    "encoding": "shift_jis",
    "sheet": 2,
}
TYPED_OPTIONS = {**OPTIONS, "missing_values": '["n.d.", "a,b"]', "encoding": "Shift-JIS"}


def test_options_of_a_raw_body_reach_the_reader_and_are_shown(make_app: Callable[..., Flask]) -> None:
    seen: list[ReadOptions] = []

    def remember(*arguments: Any, options: ReadOptions) -> IngestedTable:
        seen.append(options)
        return ingest(*arguments)

    asked = make_app(ingest_file=remember).test_client()
    dataset = asked.post("/v1/datasets", data=HOUSES, content_type="text/csv", query_string=TYPED_OPTIONS).json

    assert (dataset["read_options"], dataset["types"]) == (OPTIONS, {})
    assert seen == [ReadOptions.from_json(OPTIONS)]


def test_options_of_a_file_that_a_worker_reads_are_in_its_claim(make_app: Callable[..., Flask]) -> None:
    app = make_app(inline_read_bytes=0)
    query = {**TYPED_OPTIONS, "types": '{"zip":"categorical"}'}
    dataset = app.test_client().post("/v1/datasets", data=HOUSES, content_type="text/csv", query_string=query).json
    with begin_write(app.extensions["services"].sessions) as s:
        claim = datasets.claim(s, "a worker", 60)

    assert (dataset["read_options"], dataset["types"]) == (OPTIONS, {"zip": "categorical"})
    assert claim is not None
    assert (claim.read_options, claim.types) == (OPTIONS, dataset["types"])


def test_options_of_a_form_win_over_those_of_the_query(client: FlaskClient) -> None:
    fields = form(file=(io.BytesIO(HOUSES), "houses.csv"), header_line="1", missing_values="", sheet="May")
    dataset = client.post("/v1/datasets?decimal=point&header_line=7", **fields).json

    assert dataset["read_options"] == {
        "missing_values": [],
        "decimal": "point",
        "dates": None,
        "header_line": 1,
        "encoding": None,
        "sheet": "May",
    }


def test_options_of_json_rows_are_those_of_cells(client: FlaskClient) -> None:
    body = {"rows": [{"a": "none"}, {"a": "x"}], "missing_values": ["x"], "types": {"a": "categorical"}}
    dataset = client.post("/v1/datasets", json=body).json

    assert (dataset["types"], dataset["read_options"]["missing_values"]) == ({"a": "categorical"}, ["x"])
    refused = client.post("/v1/datasets", json={**body, "sheet": 2})
    assert refused.json["errors"][0]["pointer"] == "#/sheet"


@pytest.mark.parametrize(
    ("query", "pointer", "words"),
    [
        ("decimal=semicolon", "?decimal", "'point' or 'comma'"),
        ("dates=month-first", "?dates", "'day_first' or 'month_first'"),
        ("header_line=-1", "?header_line", "greater than or equal to 0"),
        ("header_line=first", "?header_line", "whole number"),
        ("encoding=klingon", "?encoding", "such as utf-8, windows-1252, shift_jis"),
        ("encoding=unicode_escape", "?encoding", "is not known"),
        ("encoding=rot13", "?encoding", "is not known"),
        ("encoding=../x", "?encoding", "must match"),
        ("sheet=0", "?sheet", "greater than or equal to 1"),
        (f"missing_values={'x' * 101}", "?missing_values", "at most 100 characters"),
        (f"missing_values={'x,' * 100}", "?missing_values", "at most 100 items"),
    ],
)
def test_wrong_options_are_named(client: FlaskClient, query: str, pointer: str, words: str) -> None:
    response = client.post(f"/v1/datasets?{query}", data=HOUSES, content_type="text/csv")

    (error,) = response.json["errors"]
    assert (response.status_code, error["pointer"]) == (422, pointer)
    assert words in error["detail"]


def test_the_charset_of_a_content_type_is_the_encoding_unless_one_is_given(client: FlaskClient) -> None:
    declared = upload_raw(client, kind="text/csv; charset=Shift_JIS")
    given = upload_raw(client, kind="text/csv; charset=utf-16-le", query="?encoding=cp1251")
    plain = upload_raw(client, kind="text/csv; charset=utf-8")
    parts = client.post(
        "/v1/datasets", **form(file=(io.BytesIO(HOUSES), "h.csv", "text/csv; charset=windows-1251"))
    ).json

    found = [dataset["read_options"] and dataset["read_options"]["encoding"] for dataset in (declared, given, plain)]
    assert found == ["shift_jis", "cp1251", None]
    assert parts["read_options"]["encoding"] == "cp1251"
    refused = client.post("/v1/datasets", data=HOUSES, content_type="text/csv; charset=klingon")
    assert refused.status_code == 415
    assert "'klingon'" in refused.json["detail"]


def test_equal_bytes_with_other_options_are_another_upload(client: FlaskClient) -> None:
    ask = {"data": HOUSES, "content_type": "text/csv", "headers": {"Idempotency-Key": "one"}}
    first = client.post("/v1/datasets?decimal=point", **ask)
    again = client.post("/v1/datasets?decimal=point", **ask)
    other = client.post("/v1/datasets?decimal=comma", **ask)

    assert first.json["id"] == again.json["id"]
    assert other.json["type"] == "/problems/idempotency-key-reused"


def part(name: str, value: bytes, filename: str | None = None) -> bytes:
    """A part of a form whose boundary is X."""
    about = f'; filename="{filename}"' if filename else ""
    return f'--X\r\nContent-Disposition: form-data; name="{name}"{about}\r\n\r\n'.encode() + value + b"\r\n"


def ask_with(raw: bytes, kind: str, **headers: str) -> dict[str, Any]:
    """Arguments that send these very bytes, also none."""
    environ = {"wsgi.input": io.BytesIO(raw), "CONTENT_LENGTH": str(len(raw)), "CONTENT_TYPE": kind}
    return {"environ_overrides": environ, "headers": headers}


FORM = "multipart/form-data; boundary=X"
END = b"--X--\r\n"


def form(**fields: Any) -> dict[str, Any]:
    return {"data": fields, "content_type": "multipart/form-data"}


def test_a_form_brings_a_file_its_name_and_its_types_in_any_order(client: FlaskClient) -> None:
    one = client.post("/v1/datasets", **form(file=(io.BytesIO(HOUSES), "data/houses.csv")))
    two = client.post(
        "/v1/datasets",
        **form(name="mine", file=(io.BytesIO(HOUSES), "h.csv.gz"), types='{"sqft": "categorical"}'),
    )
    three = client.post(
        "/v1/datasets", **form(types='{"sqft": "categorical"}', file=(io.BytesIO(b"a\tb\n1\t2\n"), "x.tsv"), name="t")
    )

    assert (one.status_code, one.json["name"], one.json["sha256"]) == (
        201,
        "houses.csv",
        hashlib.sha256(HOUSES).hexdigest(),
    )
    assert (two.json["name"], two.json["columns"][0]["type"]) == ("mine", "categorical")
    assert three.json["type"] == "/problems/unknown-column"


def test_a_large_file_in_a_form_keeps_its_bytes(make_app: Callable[..., Flask]) -> None:
    raw = b"a,b\r\n" + b"".join(b"%d,\r-X\r\n" % number for number in range(100_000))
    asked = make_app(inline_read_bytes=0).test_client()

    dataset = asked.post("/v1/datasets", **ask_with(part("file", raw, "a.csv") + END, FORM)).json

    assert (dataset["bytes"], dataset["sha256"]) == (len(raw), hashlib.sha256(raw).hexdigest())
    assert asked.get(f"/v1/datasets/{dataset['id']}/content").get_data() == raw


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (END, 400),
        (b"no boundary at all", 400),
        (b"x" * 3_000_000, 400),
        (part("file", HOUSES, "a.csv"), 400),
        (part("file", HOUSES) + END, 400),
        (part("data", HOUSES, "a.csv") + END, 400),
        (part("file", HOUSES, "a.csv") + part("file", HOUSES, "a.csv") + END, 400),
        (part("file", HOUSES, "a.csv") + part("name", b"\xff") + END, 400),
        (part("file", HOUSES, "a.csv") + part("name", b"x" * 2**21) + END, 400),
        (part("file", b"\x89PNG\r\n\x1a\n", "a.doc") + END, 422),
        (part("nam", b"x") + part("file", HOUSES, "a.csv") + END, 422),
        (part("name", b"x\0") + part("file", HOUSES, "a.csv") + END, 422),
        (part("types", b"[") + part("file", HOUSES, "a.csv") + END, 422),
        (b"--X\r\nContent-Disposition: \xff\r\n\r\na\r\n" + END, 400),
        (b"--X\r\n\r\na\r\n" + END, 400),
    ],
)
def test_a_truncated_or_malformed_form_is_refused_and_nothing_stored(
    client: FlaskClient, tmp_path: Path, body: bytes, status: int
) -> None:
    response = client.post("/v1/datasets", **ask_with(body, FORM))

    assert response.status_code == status, response.json["detail"]
    assert list_files(tmp_path) == []


def test_json_rows_with_a_fault_are_refused_with_its_pointer(client: FlaskClient) -> None:
    response = client.post("/v1/datasets", json={"rows": [{"a": 1}, 3], "nam": "x"})

    errors = {error["pointer"]: error["suggestion"] for error in response.json["errors"]}
    assert errors == {"#/rows/1": None, "#/nam": "name"}


def test_cells_of_json_rows_may_have_line_breaks(client: FlaskClient) -> None:
    dataset = client.post("/v1/datasets", json={"name": "n", "rows": [{"a": "x\ny", "b": 1}, {"a": "z", "b": 2}]}).json

    assert client.get(f"/v1/datasets/{dataset['id']}/rows").json["data"][0]["a"] == "x\ny"


@pytest.mark.parametrize("headers", [{"Content-Encoding": "gzip"}, {}])
def test_gzip_is_decompressed_with_and_without_its_header(client: FlaskClient, headers: dict[str, str]) -> None:
    halves = gzip.compress(HOUSES[:20]) + gzip.compress(HOUSES[20:])

    dataset = upload_raw(client, halves, headers=headers)

    assert (dataset["bytes"], dataset["sha256"]) == (len(HOUSES), hashlib.sha256(HOUSES).hexdigest())


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (HOUSES, 400),
        (gzip.compress(HOUSES, mtime=0)[:-9], 400),
        (gzip.compress(HOUSES, mtime=0) + b"rubbish", 400),
        (b"", 400),
    ],
    ids=["plain", "cut", "with more behind it", "empty"],
)
def test_a_body_with_a_false_content_encoding_is_refused(
    client: FlaskClient, tmp_path: Path, raw: bytes, status: int
) -> None:
    response = client.post("/v1/datasets", **ask_with(raw, "text/csv", **{"Content-Encoding": "gzip"}))

    assert response.status_code == status
    assert list_files(tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("application/vnd.apache.parquet", parquet()),
        ("application/json", b'{"rows": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]}'),
        ("text/csv", gzip.compress(b"a,b\n1,x\n2,y\n", mtime=0)),
        (
            "multipart/form-data; boundary=X",
            b'--X\r\nContent-Disposition: form-data; name="file"; filename="t.csv"\r\n\r\na,b\n1,x\n2,y\n\r\n--X--\r\n',
        ),
    ],
)
def test_whatever_is_uploaded_may_be_compressed_on_its_way(client: FlaskClient, kind: str, raw: bytes) -> None:
    dataset = upload_raw(client, gzip.compress(raw), kind, headers={"Content-Encoding": "gzip"})

    assert client.get(f"/v1/datasets/{dataset['id']}/rows").json["data"] == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]


@pytest.mark.parametrize(("coding", "kind"), [("br", "text/csv"), ("deflate", "application/json")])
def test_other_codings_are_refused(client: FlaskClient, coding: str, kind: str) -> None:
    response = client.post("/v1/datasets", data=b"x", content_type=kind, headers={"Content-Encoding": coding})

    assert response.status_code == 415


def test_a_decompression_bomb_is_stopped_at_the_size_limit(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    bomb = gzip.compress(b"1,2\n" * 2_000_000)
    client = make_app(max_upload_bytes=1_000_000).test_client()

    response = client.post("/v1/datasets", data=bomb, content_type="text/csv")

    assert len(bomb) < 100_000
    assert response.status_code == 413
    assert list_files(tmp_path) == []


class Bomb:
    """A gzip stream of zeros without end that counts what was read of it."""

    def __init__(self) -> None:
        self.taken = 0
        self._stream = zlib.compressobj(9, wbits=31)

    def read(self, size: int) -> bytes:
        piece = b""
        while not piece:
            piece = self._stream.compress(bytes(2**20))
        self.taken += len(piece)
        return piece


def test_a_decompression_bomb_is_stopped_by_its_ratio(client: FlaskClient, tmp_path: Path) -> None:
    bomb = Bomb()
    environ = {"wsgi.input": bomb, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}

    response = client.post("/v1/datasets", content_type="text/csv", environ_overrides=environ)

    assert response.status_code == 413
    assert bomb.taken < 2**20
    assert list_files(tmp_path) == []


@pytest.mark.parametrize(
    ("raw", "slug"),
    [(b"", "empty-file"), (b"a,b\n", "no-rows"), (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 9, "not-a-table")],
)
def test_an_unreadable_file_is_refused_at_once_and_not_stored(
    client: FlaskClient, tmp_path: Path, raw: bytes, slug: str
) -> None:
    response = client.post("/v1/datasets", **ask_with(raw, "text/csv"))

    assert (response.status_code, response.json["type"]) == (422, f"/problems/{slug}")
    assert list_files(tmp_path) == []
    assert client.get("/v1/datasets").json["data"] == []


def test_a_large_file_is_left_to_a_worker(make_app: Callable[..., Flask]) -> None:
    app = make_app(inline_read_bytes=10)
    client = app.test_client()

    dataset = upload_raw(client)

    assert (dataset["status"], dataset["rows"], dataset["columns"]) == ("processing", None, None)
    rows = client.get(f"/v1/datasets/{dataset['id']}/rows")
    assert (rows.status_code, rows.json["current_status"]) == (409, "processing")
    with begin_write(app.extensions["services"].sessions) as s:
        claim = datasets.claim(s, "a worker", 30.0)
    assert claim is not None
    assert claim.dataset_id == dataset["id"]


@on_every_database
def test_the_issues_of_a_file_have_their_lines(client: FlaskClient) -> None:
    dataset = upload_raw(client, b"a,b\n" + b"".join(b"%d,1\n" % n for n in range(300)) + b"x1,1\nx2,1\nx3,1\n")

    page = client.get(f"/v1/datasets/{dataset['id']}/issues?limit=2").json
    rest = client.get(f"/v1/datasets/{dataset['id']}/issues?limit=2&after={page['after']}").json

    assert [(issue["line"], issue["row"], issue["column"], issue["value"]) for issue in page["data"]] == [
        (302, 301, "a", "x1"),
        (303, 302, "a", "x2"),
    ]
    assert (page["has_more"], rest["has_more"]) == (True, False)
    assert [issue["value"] for issue in rest["data"]] == ["x3"]


def test_a_page_of_rows_ends_where_their_texts_are_too_long(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tables.parquet_table.MAX_PAGE_BYTES", 100)
    lengths = [40, 40, 40, 500, 0, 1]
    rows = [
        {"a": "x" * length or None, "b": "a few words that are no category", "c": n} for n, length in enumerate(lengths)
    ]
    dataset = client.post("/v1/datasets", json={"rows": rows}).json
    path = f"/v1/datasets/{dataset['id']}/rows"

    pages = [client.get(f"{path}?after={after}").json for after in range(6)]

    assert [len(page["data"]) for page in pages] == [1, 1, 1, 1, 2, 1]
    assert [page["has_more"] for page in pages] == [True, True, True, True, False, False]
    assert [page["data"][0] for page in pages] == rows


def test_a_download_is_cut_off_when_its_key_is_revoked(client: FlaskClient) -> None:
    table = b"a,b\n" + b"1,2\n" * 500_000
    dataset_id = upload_raw(client, table)["id"]
    key = client.post("/v1/keys", json={"name": "first", "scopes": ["admin"]}).json
    admin = {"Authorization": f"Bearer {key['key']}"}
    path = f"/v1/datasets/{dataset_id}/content"
    other = client.post("/v1/keys", json={"name": "ann", "scopes": ["read"]}, headers=admin).json

    download = client.get(path, headers={"Authorization": f"Bearer {other['key']}"}, buffered=False)
    pieces = download.iter_encoded()
    received = len(next(pieces))
    assert client.delete(f"/v1/keys/{other['id']}", headers=admin).status_code == 200
    received += sum(map(len, pieces))

    assert download.content_length == len(table)
    assert 0 < received < len(table)
    assert client.get(path, headers=admin).get_data() == table


@pytest.mark.parametrize("max_cells", [1, 30, 10_000])
def test_rows_come_page_by_page(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, max_cells: int) -> None:
    monkeypatch.setattr("tables.parquet_table.MAX_PAGE_CELLS", max_cells)
    dataset = upload_raw(client, b"a,b\n" + b"".join(b"%d,x\n" % n for n in range(50)))
    read: list[int] = []
    after = 0
    while True:
        page = client.get(f"/v1/datasets/{dataset['id']}/rows?limit=20&after={after}").json
        assert 0 < len(page["data"]) <= max(1, max_cells // 2)
        read += [row["a"] for row in page["data"]]
        after = page["after"]
        if not page["has_more"]:
            break

    assert read == list(range(50))
    assert client.get(f"/v1/datasets/{dataset['id']}/rows?after=1000").json["data"] == []


@on_every_database
def test_datasets_are_listed_newest_first_page_by_page(client: FlaskClient) -> None:
    ids = [upload_raw(client, query=f"?name=d{number % 2}")["id"] for number in range(5)]

    first = client.get("/v1/datasets?limit=2").json
    second = client.get(f"/v1/datasets?limit=2&after={first['last_id']}").json
    third = client.get(f"/v1/datasets?limit=2&after={second['last_id']}").json

    assert [row["id"] for page in (first, second, third) for row in page["data"]] == ids[::-1]
    assert [page["has_more"] for page in (first, second, third)] == [True, True, False]
    assert (first["first_id"], first["object"]) == (ids[4], "list")
    assert [row["id"] for row in client.get("/v1/datasets?name=d1").json["data"]] == [ids[3], ids[1]]
    assert client.get("/v1/datasets?status=failed,processing").json["data"] == []
    assert len(client.get("/v1/datasets?status=ready,failed").json["data"]) == 5


def test_the_content_is_the_uploaded_bytes_and_can_be_resumed(client: FlaskClient) -> None:
    dataset = upload_raw(client, query="?name=h%C3%A4user;.csv")
    path = f"/v1/datasets/{dataset['id']}/content"

    whole = client.get(path)
    part = client.get(path, headers={"Range": "bytes=10-19", "If-Range": whole.headers["ETag"]})
    end = client.get(path, headers={"Range": "bytes=-5"})
    stale = client.get(path, headers={"Range": "bytes=10-19", "If-Range": '"other"'})

    assert whole.get_data() == HOUSES
    assert whole.headers["ETag"] == f'"{hashlib.sha256(HOUSES).hexdigest()}"'
    assert (whole.headers["Accept-Ranges"], whole.headers["Content-Type"]) == ("bytes", "text/csv")
    assert whole.headers["Content-Disposition"] == "attachment; filename*=UTF-8''h%C3%A4user%3B.csv"
    assert (part.status_code, part.get_data()) == (206, HOUSES[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(HOUSES)}"
    assert (end.status_code, end.get_data()) == (206, HOUSES[-5:])
    assert (stale.status_code, stale.get_data()) == (200, HOUSES)
    assert client.get(path, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304


def test_an_unsatisfiable_range_is_refused_with_the_size(client: FlaskClient) -> None:
    dataset = upload_raw(client)

    response = client.get(f"/v1/datasets/{dataset['id']}/content", headers={"Range": "bytes=99999-"})

    assert (response.status_code, response.headers["Content-Range"]) == (416, f"bytes */{len(HOUSES)}")


@pytest.mark.parametrize("wanted", ["rubbish", "bytes=5-1", "lines=1-2", "bytes=0-1,3-4", "bytes=a-b"])
def test_a_malformed_range_is_ignored(client: FlaskClient, wanted: str) -> None:
    dataset = upload_raw(client)

    response = client.get(f"/v1/datasets/{dataset['id']}/content", headers={"Range": wanted})

    assert (response.status_code, response.get_data()) == (200, HOUSES)


def test_a_dataset_whose_files_are_lost_is_unavailable(client: FlaskClient, tmp_path: Path) -> None:
    dataset = upload_raw(client)
    for file in [path for path in (tmp_path / "files").rglob("*") if path.is_file()]:
        file.unlink()

    for part in ("content", "rows"):
        response = client.get(f"/v1/datasets/{dataset['id']}/{part}")
        assert (response.status_code, response.json["type"]) == (503, "/problems/unavailable")
        assert "restore" in response.json["detail"]


def test_a_deleted_dataset_is_deleted_with_its_files(client: FlaskClient, tmp_path: Path) -> None:
    dataset = upload_raw(client)
    path = f"/v1/datasets/{dataset['id']}"

    deleted = client.delete(path)

    assert deleted.json == {"object": "deleted", "id": dataset["id"]}
    assert list_files(tmp_path) == []
    for gone in (client.get(path), client.delete(path), client.get(f"{path}/rows"), client.get(f"{path}/content")):
        assert gone.status_code == 404


def test_a_dataset_that_a_job_reads_cannot_be_deleted(app: Flask) -> None:
    client = app.test_client()
    dataset = upload_raw(client)
    spec = JobSpec(dataset_id=dataset["id"], target="price")
    job_id = new_id("job")
    with begin_write(app.extensions["services"].sessions) as s:
        jobs.add(s, id=job_id, owner="local", dataset_id=dataset["id"], spec_json=spec.model_dump_json())

    response = client.delete(f"/v1/datasets/{dataset['id']}")

    assert (response.status_code, response.json["type"], response.json["used_by"]) == (
        409,
        "/problems/in-use",
        [job_id],
    )
    assert client.get(f"/v1/datasets/{dataset['id']}/content").get_data() == HOUSES


def test_another_owners_dataset_is_not_found(app: Flask) -> None:
    client = app.test_client()
    dataset_id = new_id("ds")
    with begin_write(app.extensions["services"].sessions) as s:
        datasets.add(
            s, id=dataset_id, owner="somebody", name="x", format="csv", bytes=1, sha256="0", types={}, status="ready"
        )

    for path in ("", "/rows", "/issues", "/content"):
        response = client.get(f"/v1/datasets/{dataset_id}{path}")
        assert response.status_code == 404
        assert response.json["detail"] == f"There is no dataset '{dataset_id}'."
    assert client.delete(f"/v1/datasets/{dataset_id}").status_code == 404
    assert client.get("/v1/datasets").json["data"] == []


class Torn:
    """A body whose sender goes away."""

    def __init__(self) -> None:
        self._pieces: Iterator[bytes] = iter([b"a,b\n1,2\n"])

    def read(self, size: int) -> bytes:
        return next(self._pieces, b"")


def test_an_upload_that_breaks_off_leaves_nothing(client: FlaskClient, tmp_path: Path) -> None:
    environ = {"wsgi.input": Torn(), "CONTENT_LENGTH": "1000"}
    response = client.post("/v1/datasets", content_type="text/csv", environ_overrides=environ)

    assert response.status_code == 400
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def test_json_rows_are_stored_as_ndjson(client: FlaskClient) -> None:
    dataset = client.post("/v1/datasets", json={"rows": [{"a": 1, "b": "ä"}, {"a": 2, "b": None}]}).json

    lines = client.get(f"/v1/datasets/{dataset['id']}/content").get_data().splitlines()

    assert [json.loads(line) for line in lines] == [{"a": 1, "b": "ä"}, {"a": 2, "b": None}]


def test_a_json_body_named_as_a_file_is_one_whatever_its_keys(client: FlaskClient) -> None:
    body = b'{"name": ["x", "y"], "rows": [3, 4]}'

    columns = client.post("/v1/datasets?name=t.json", data=body, content_type="application/json").json["columns"]
    refused = client.post("/v1/datasets", data=body, content_type="application/json")

    assert [column["name"] for column in columns] == ["name", "rows"]
    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"].startswith("#/")


def test_more_rows_as_json_than_are_parsed_in_memory_are_refused(client: FlaskClient, tmp_path: Path) -> None:
    too_long = b'{"rows":[{"a":"' + b"x" * MAX_ROWS_BYTES + b'"}]}'
    bodies = {
        f"{len(too_long):,} bytes": too_long,
        "65,539 objects and lists": b'{"rows":[' + b",".join([b"{}"] * (MAX_ROWS_CONTAINERS + 1)) + b"]}",
        "300,005 objects and lists": b'{"rows":[{"a":"[{[{","b":[' + b",".join([b"[]"] * 300_000) + b"]},{}]}",
        "200,001 commas": b'{"rows":[{"a":"1,2,3","b":[' + b",".join([b"1"] * 200_000) + b"]},{}]}",
    }

    few = json.dumps({"rows": [{"a": "," * 200_000}]}).encode()
    assert client.post("/v1/datasets", data=few, content_type="application/json").status_code == 201
    kept = list_files(tmp_path)
    for said, body in bodies.items():
        response = client.post("/v1/datasets", data=body, content_type="application/json")
        assert response.status_code == 413
        assert said in response.json["detail"]
        assert "application/x-ndjson" in response.json["detail"]
    assert list_files(tmp_path) == kept


def test_a_small_body_that_grows_to_megabytes_is_stopped_by_its_ratio(client: FlaskClient, tmp_path: Path) -> None:
    bomb = gzip.compress(b"1,2\n" * 2**19)

    response = client.post("/v1/datasets", data=bomb, content_type="text/csv")

    assert response.status_code == 413
    assert "250-fold" in response.json["detail"]
    assert list_files(tmp_path) == []
