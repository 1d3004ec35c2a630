"""Small files that expand to large tables, and rows with much text."""

from io import BytesIO

import polars as pl
import pytest

from tables import UnreadableFile, text_budget
from tables.chunks import Chunks
from tables.formats import html
from tables.formats.dialect import MAX_ROW_BYTES
from tests.pictures import png


def parquet(**columns: object) -> bytes:
    file = BytesIO()
    pl.DataFrame(columns).write_parquet(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(["x" * 1_000_000] * 200, id="of a dictionary"),
        pytest.param([f"{number}" + "x" * 1_000_000 for number in range(200)], id="of compressed pages"),
        pytest.param(["x" * 10_000_000] * 20, id="in rows that are too long"),
    ],
)
def test_a_small_parquet_file_of_much_text_is_refused_with_its_size(table, text):
    file = parquet(a=text)

    with pytest.raises(
        UnreadableFile, match=f"of {len(file):,} bytes has texts.* more than 134,217,728 bytes"
    ) as refused:
        table(file, "parquet")

    assert refused.value.slug == "too-large"


def test_a_file_may_have_as_much_text_as_its_size_allows(table, monkeypatch):
    monkeypatch.setattr(text_budget, "MIN_LIMIT_BYTES", 1000)
    monkeypatch.setattr(text_budget, "MAX_RATIO", 10)
    words = [f"word {number * 7919 % 10_007}" for number in range(10_000)]

    assert table(parquet(a=words), "parquet").column("a") == words
    with pytest.raises(UnreadableFile, match="more than 10 times its size"):
        table(parquet(a=["the same word"] * 10_000), "parquet")
    assert table(parquet(a=[7] * 10_000), "parquet").ingested.rows == 10_000, "numbers are counted by cells"


def test_pictures_of_a_dictionary_are_counted_in_each_row(table, monkeypatch):
    monkeypatch.setattr(text_budget, "MIN_LIMIT_BYTES", 10_000)
    monkeypatch.setattr(text_budget, "MAX_RATIO", 1)
    picture = {"bytes": png(1), "path": "1.png"}

    with pytest.raises(UnreadableFile, match="texts or pictures of more than"):
        table(parquet(image=[picture] * 1000, label=["a"] * 1000), "parquet")


def test_a_row_of_too_much_text_is_refused_with_its_number(table):
    texts = ["short", "x" * (MAX_ROW_BYTES // 2), "y" * (MAX_ROW_BYTES // 2)]

    assert table(parquet(a=texts), "parquet").column("a") == texts
    with pytest.raises(
        UnreadableFile, match=f"Row 2 has texts of {MAX_ROW_BYTES + 1:,} bytes; at most 8 MiB"
    ) as refused:
        table(parquet(a=texts, b=["", "z" * (MAX_ROW_BYTES // 2 + 1), None]), "parquet")
    assert refused.value.slug == "row-too-long"


def test_rows_of_much_text_are_read_in_pieces_and_in_their_order(table, monkeypatch):
    rows = list[int]()
    add = Chunks.add

    def count(chunks: Chunks, frame: pl.DataFrame) -> None:
        rows.append(frame.height)
        add(chunks, frame)

    monkeypatch.setattr(Chunks, "add", count)
    monkeypatch.setattr(text_budget, "MAX_ROW_BYTES", 2000)
    monkeypatch.setattr(text_budget, "PIECE_BYTES", 5000)
    texts = [f"w{number}" * (number % 300) for number in range(300)]

    read = table(parquet(a=texts, b=list(range(300))), "parquet")

    assert read.column("a") == [text or None for text in texts]
    assert read.column("b") == list(range(300))
    assert len(rows) > 20
    assert sum(rows) == 300


def test_text_in_cells_of_many_rows_of_a_page_counts_in_each(table, monkeypatch):
    monkeypatch.setattr(html, "MAX_REPEATED_CHARS", 10_000)
    rows = "".join(f"<tr><td>{number}</td></tr>" for number in range(20))
    page = f"<table><tr><td>a</td><td>b</td></tr><tr><td rowspan=21>{'x' * 490}</td><td>1</td></tr>{rows}</table>"

    assert table(page, "html").ingested.rows == 21
    with pytest.raises(UnreadableFile, match="several rows have more than 10,000 letters") as refused:
        table(page.replace("x" * 490, "x" * 510), "html")
    assert refused.value.slug == "too-large"
