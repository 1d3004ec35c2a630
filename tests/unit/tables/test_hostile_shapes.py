"""Files made to be slow to read: each is read or refused within a bound that only a superlinear reader exceeds."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tables import FileFormat, UnreadableFile
from tables.ingest_client import IngestClient
from tables.ingest_server import IngestRequest

SIZE = 150_000
MAX_CPU_SECONDS = 15
"""Linear readers take a tenth of it at most."""

MAX_MEMORY_BYTES = 2**30


def repeat(head: str, lines: str) -> str:
    return head + lines * (SIZE // len(lines))


def repeat_each(head: str, create_line: Callable[[int], str]) -> str:
    return head + "".join(create_line(number) for number in range(SIZE // len(create_line(9))))


def nest(levels: int) -> str:
    return '{"a":' + "[" * levels + "]" * levels + "}\n"


def write_date(chance: random.Random) -> str:
    date = chance.choice(
        ["2020-01-{}", "2020/01/{}", "{}.01.2020", "{}-01-20", "Jan {} 2020", "{}Jan2020", "{}-March-20"]
    )
    time = chance.choice(["", " 10:11", "T10:11:12", ", 9:11:12.5"]) + chance.choice(["", " am", "PM"])
    return date.format(chance.randint(10, 28)) + time + chance.choice(["", "Z", " UTC", " +01", "+01:30", "GMT"])


CHANCE = random.Random(7)
WIDE = "{" + ",".join(f'"c{number}":{number}' for number in range(500)) + "}\n"
SHAPES: dict[str, tuple[FileFormat, str]] = {
    "a quote closed and another opened on each line": ("csv", repeat("x,y\n", 'a","b\n')),
    "a quote opened on each line": ("csv", repeat("x,y\n", '"a,b\n')),
    "quotes of other widths in turn": ("csv", repeat("x,y\n", 'a","b",c\nd,"e\n')),
    "a quote after each thousand good lines": ("csv", repeat("x,y\n", "1,2\n" * 1_000 + '"a,b\n')),
    "quotes among all line ends": ("csv", repeat("x,y\r\n", 'a","b\r\n"c\r"d\n')),
    "one column of quotes": ("csv", repeat("x\n", 'a"b"\n"')),
    "escaped line feeds": ("csv", repeat('x,y\na\\"b,1\n', "\\\n")),
    "escaped quotes": ("csv", repeat('x,y\na\\"b,1\n', '"\\"\\\n\\"a"b,\n')),
    "only delimiters": ("csv", repeat("x,y\n", ",")),
    "one long line": ("csv", repeat("x,y\n", "a")),
    "one long quote": ("csv", repeat('x,y\n"', "a\n")),
    "a long header": ("csv", '"' + "x" * SIZE + '",y\n1,2\n'),
    "a header of digits": ("csv", "1" * SIZE + "x,y\n1,2\n"),
    "dates of 200 letters": ("csv", repeat_each("x\n", lambda number: f"2020-01-01 10:00:00.{number:0180}+01\n")),
    "dates in hundreds of formats": ("csv", repeat_each("x\n", lambda _: f'"{write_date(CHANCE)}"\n')),
    "numbers of 10,000 digits": ("csv", repeat_each("x\n", lambda number: "9" * 10_000 + f"{number}\n")),
    "numbers of 10,000 groups": ("csv", repeat_each("x;y\n", lambda number: "1" + " 999" * 10_000 + f"x;{number}\n")),
    "ids of 10,000 zeros": ("csv", repeat_each("x\n", lambda number: "0" * 10_000 + f"{number}\n")),
    "blanks around signs": (
        "csv",
        repeat_each("x,y\n", lambda number: " " * 5_000 + f"-$ {number}" + " " * 5_000 + "%,1\n"),
    ),
    "lists within lists": ("ndjson", repeat("", nest(500))),
    "one line of lists": ("ndjson", nest(SIZE // 2)),
    "a wide row and empty ones": ("ndjson", repeat(WIDE, "{}\n")),
    "another key in each row": ("ndjson", repeat_each("", lambda number: f'{{"c{number % 100}":1}}\n')),
    "lines that are no JSON": ("ndjson", repeat("", '{"a":\n')),
    "a text that is never closed": ("ndjson", repeat('{"a":"', "x\n")),
    "a key again and again": ("ndjson", "{" + repeat("", '"a":1,') + '"a":1}\n'),
    "integers of 10,000 digits": ("ndjson", repeat("", '{"b":' + "9" * 10_000 + "}\n")),
    "brackets that open an array": ("json", repeat("[", "[")),
    "objects within objects": ("json", repeat("[", '{"a":1,"b":{')),
    "quotes in an array": ("json", repeat("[", '"')),
    "an array of nothing": ("json", repeat("[", ",")),
    "an array of empty arrays": ("json", repeat("[", "[[]],")),
    "tags that are never closed": ("html", repeat("<table><tr><td>", "<a ")),
    "a tag without end": ("html", "<table><" + "a" * SIZE),
    "comments that are never closed": ("html", repeat("<table><tr><td>", "<!--")),
    "scripts that are never closed": ("html", repeat("<table>", "<script>")),
    "tables within tables": ("html", repeat("", "<table>")),
    "cells that span everything": ("html", repeat("<table>", "<tr><td colspan=1000 rowspan=1000>x")),
    "references of digits": ("html", "<table><tr><td>&#" + "9" * SIZE + ";<tr><td>1</table>"),
    "single quotes": ("arff", repeat("@relation x\n@attribute a string\n@data\n", "'\\")),
    "attributes and no data": ("arff", repeat("@relation x\n", "@attribute a real\n")),
    "blanks and quotes": ("csv", repeat("a b\n", '1 "2\n')),
    "blanks between numbers": ("csv", repeat("a b\n1 2\n3 4\n", " ")),
    "comments only": ("csv", repeat("", "#\n")),
    "titles only": ("csv", repeat("", "t\n") + "a,b\n1,2\n"),
    "groups above groups": ("csv", repeat(",a,,b,\n", "x,y,z,u,v\n")),
    "short rows only": ("csv", repeat("a,b,c\n1,2,3\n", "1,2\n")),
    "notes only": ("csv", repeat("a,b\n1,2\n", "Source: x\n")),
    "sparse cells in one line": ("csv", repeat("1", " 1:1") + "\nx\n"),
    "NaN beside long integers": ("ndjson", repeat("", '{"a":NaN,"b":' + "9" * 4_000 + "}\n")),
}


@pytest.fixture(scope="module")
def client() -> Iterator[IngestClient]:
    client = IngestClient(MAX_MEMORY_BYTES)
    yield client
    client.close()


@pytest.mark.parametrize("name", SHAPES)
def test_a_file_made_to_be_slow_is_read_or_refused_in_time(client: IngestClient, tmp_path: Path, name: str):
    file_format, text = SHAPES[name]
    source = tmp_path / "source"
    source.write_text(text, newline="")
    request = IngestRequest(str(source), file_format, str(tmp_path / "table"), {}, 2**30, MAX_CPU_SECONDS)

    with suppress(UnreadableFile):
        assert client.ingest(request, lambda: 60.0).rows
