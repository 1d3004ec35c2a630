"""Files in an encoding that their sender names."""

import pytest

from tables import UnreadableFile

TEXTS = {
    "shift_jis": "東京",
    "euc-jp": "東京",
    "iso-2022-jp": "東京",
    "gb18030": "北京",
    "gbk": "北京",
    "big5": "台北",
    "euc-kr": "서울",
    "koi8-r": "Москва",
    "windows-1251": "Москва",
    "windows-1250": "Łódź",
    "windows-1254": "İzmir",
    "iso-8859-2": "Łódź",
    "mac_roman": "Évian",
    "cp037": "abc",
    "utf-16-be": "Zürich",
    "x-sjis": "東京",
}


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_declared_utf16_or_utf32_needs_no_byte_order_mark(table, codec):
    read = table("city,n\nZürich,1\nGenève,2\n".encode(codec), encoding=codec[:6])
    assert read.column("city") == ["Zürich", "Genève"]


@pytest.mark.parametrize("name", TEXTS)
def test_a_declared_encoding_is_used(table, name):
    word, codec = TEXTS[name], "shift_jis" if name == "x-sjis" else name
    read = table(f"{word},b\n{word},1\nx,2\n{word},3\n".encode(codec), encoding=name.upper())
    assert read.column(word) == [word, "x", word]
    assert read.codes == []


def test_a_mark_in_the_file_counts_more(table):
    assert table("ö,b\nx,1\n".encode("utf-8-sig"), encoding="shift_jis").rows == [{"ö": "x", "b": 1}]


def test_utf_8_is_what_is_declared_without_thought_and_changes_nothing(table):
    read = table("ö,b\nx,1\n".encode("cp1252"), encoding="utf-8")
    assert read.rows == [{"ö": "x", "b": 1}]


def test_bytes_that_the_encoding_has_not_are_reported_with_their_line(table):
    read = table(b"a,b\nx,1\n\xff\xff,2\n", encoding="shift_jis")
    assert [(issue.code, issue.line) for issue in read.issues] == [("undecodable", 3)]


@pytest.mark.parametrize(("name", "near"), [("shiftjs", "shift_jis"), ("windows-1552", "cp1252"), ("utf8x", "utf")])
def test_an_unknown_encoding_is_refused_with_near_names(table, name, near):
    with pytest.raises(UnreadableFile, match="no encoding") as refused:
        table("a,b\n1,2\n", encoding=name)
    assert refused.value.slug == "unknown-encoding"
    assert near in refused.value.advice


@pytest.mark.parametrize("name", ["rot13", "base64", "zip", "punycode", "idna", "undefined", "a\0b", "ü", "", " " * 99])
def test_what_is_no_encoding_of_a_file_is_refused(table, name):
    if name:
        with pytest.raises(UnreadableFile, match="no encoding"):
            table("a,b\n1,2\n", encoding=name)
