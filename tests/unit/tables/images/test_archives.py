"""Archives of pictures become tables: labels of folders, tables with file names, and an issue of each bad file."""

import json
import zipfile
from base64 import b64encode
from io import BytesIO

import numpy as np
import polars as pl
import pytest
from PIL import Image

from tables import UnreadableFile, read_picture, read_rows_at
from tables.formats import parquet
from tables.images import archive
from tests.pictures import cats_and_dogs, draw, png, save, tar_of, zip_of
from tests.unit.tables.conftest import Reader


@pytest.mark.parametrize(("pack", "form"), [(zip_of, "zip"), (tar_of, "tar")])
def test_folders_are_labels(table: Reader, pack, form: str) -> None:
    read = table(pack(cats_and_dogs()), form)

    assert read.types == {"image": "image", "label": "categorical"}
    assert read.column("label") == ["cat"] * 3 + ["dog"] * 3
    assert read.column("image")[0] == "photos/cat/0.png"
    assert read.issues == []
    stats = read.profile("image").images
    assert stats is not None
    assert [(top.value, top.count) for top in stats.kinds] == [("png", 6)]
    assert (stats.width.min, stats.height.max, stats.grey) == (32, 24, False)
    kept = Image.open(BytesIO(read_picture(read.parquet, "image", 4) or b""))
    np.testing.assert_array_equal(np.asarray(kept), np.asarray(draw(101)))
    assert read_rows_at(read.parquet, [5]) == {5: (None, {"image": "photos/dog/2.png", "label": "dog"})}


def test_labels_of_digits_are_classes(table: Reader) -> None:
    read = table(
        zip_of({f"{digit}/{index}.png": png(10 * digit + index) for digit in (0, 1, 7) for index in range(2)}), "zip"
    )

    assert read.types["label"] == "categorical"
    assert read.column("label") == ["0", "0", "1", "1", "7", "7"]


def test_each_bad_file_is_an_issue_with_its_name_and_reason(table: Reader) -> None:
    good = png(1)
    read = table(
        zip_of(
            {
                **cats_and_dogs(2),
                "photos/cat/torn.jpg": save(draw(9, 100, 90), "JPEG")[:700],
                "photos/cat/copy.png": png(0),
                "photos/dog/cat.png": png(0),
                "photos/dog/wide.png": save(Image.new("1", (100_000, 1))),
                "photos/dog/drawing.svg": b"<svg/>",
                "photos/dog/more.zip": zip_of({"x.png": good}),
                "photos/.DS_Store": b"x",
                "__MACOSX/photos/cat/._0.png": b"x",
                "photos/README.txt": b"my cats",
            }
        ),
        "zip",
    )

    found = {issue.value: (issue.code, issue.severity, issue.action) for issue in read.issues}
    assert found == {
        "photos/cat/torn.jpg": ("broken_image", "error", "row_rejected"),
        "photos/cat/copy.png": ("duplicate_image", "warning", "row_rejected"),
        "photos/dog/cat.png": ("duplicate_image", "warning", "row_rejected"),
        "photos/dog/wide.png": ("odd_shape", "error", "row_rejected"),
        "photos/dog/drawing.svg": ("not_an_image", "warning", "file_left_out"),
        "photos/dog/more.zip": ("not_an_image", "warning", "file_left_out"),
        "photos/README.txt": ("not_an_image", "warning", "file_left_out"),
    }
    assert all(issue.suggestion for issue in read.issues)
    assert len(read.rows) == 4


@pytest.mark.parametrize("table_name", ["metadata.csv", "list.csv"])
def test_a_table_names_the_pictures(table: Reader, table_name: str) -> None:
    rows = b"file_name,weight,kind\n0.png,1.5,a\nimages/1.png,2.5,b\nimages/torn.png,3.5,a\nnone.png,4.5,b\n"
    files = {"images/0.png": png(0), "images/1.png": png(1), "images/torn.png": png(2)[:60], table_name: rows}

    read = table(zip_of({f"my photos/{name}": data for name, data in files.items()}), "zip")

    assert read.types == {"file_name": "image", "weight": "numeric", "kind": "categorical"}
    assert read.column("file_name") == ["my photos/images/0.png", "my photos/images/1.png", None, None]
    assert read.column("weight") == [1.5, 2.5, 3.5, 4.5]
    assert [(issue.code, issue.line, issue.column, issue.value, issue.action) for issue in read.issues] == [
        ("broken_image", 4, "file_name", "images/torn.png", "cell_emptied"),
        ("missing_file", 5, "file_name", "none.png", "cell_emptied"),
    ]
    assert read.profile("file_name").missing == 2


def test_names_differ_by_letters_blanks_and_folders_and_other_files_are_listed(table: Reader) -> None:
    names = ["A.PNG", " ./b.png ", "C:\\photos\\c.png", "/srv/d.png", "e", "ä/x.png"]
    rows = "image,y\n" + "".join(f"{name},{number}\n" for number, name in enumerate(names))
    files = {f"{name}.png": png(number) for number, name in enumerate("abcde")} | {"Ä/X.png": png(9), "ö/x.png": png(8)}

    read = table(zip_of({**files, "labels.csv": rows.encode(), "other.csv": b"image\na.png\n"}), "zip")

    assert read.column("image") == ["a.png", "b.png", "c.png", "d.png", None, "Ä/X.png"]
    assert sorted((issue.code, issue.value) for issue in read.issues) == [
        ("missing_file", "e"),
        ("unnamed_file", "e.png"),
        ("unnamed_file", "other.csv"),
        ("unnamed_file", "ö/x.png"),
    ]


def test_a_table_of_something_else_is_left_out(table: Reader) -> None:
    read = table(zip_of({**cats_and_dogs(), "photos/classes.csv": b"name,legs\ncat,4\ndog,4\n"}), "zip")

    assert read.column("label") == ["cat"] * 3 + ["dog"] * 3
    assert [(issue.value, issue.action) for issue in read.issues] == [("photos/classes.csv", "file_left_out")]


def test_a_parquet_file_of_hugging_face_is_read(table: Reader) -> None:
    file = BytesIO()
    cells = [{"bytes": png(0), "path": "0.png"}, {"bytes": png(1), "path": None}, {"bytes": b"x", "path": "x"}, None]
    kind = pl.Struct({"bytes": pl.Binary(), "path": pl.String()})
    pl.DataFrame([pl.Series("image", cells, kind), pl.Series("label", [0, 1, 0, 1])]).write_parquet(file)

    read = table(file.getvalue(), "parquet")

    assert read.types == {"image": "image", "label": "numeric"}
    assert read.column("image") == ["0.png", "row 2", None, None]
    assert [(issue.code, issue.row) for issue in read.issues] == [("not_an_image", 3)]


@pytest.mark.parametrize("group_rows", [2, 100])
def test_a_parquet_file_of_pictures_is_read_in_parts(
    table: Reader, group_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_PART_BYTES", 1)
    file = BytesIO()
    cells = [{"bytes": png(number), "path": f"{number}.png"} for number in range(7)]
    columns = {"image": pl.Series(cells, dtype=pl.Struct({"bytes": pl.Binary(), "path": pl.String()})), "y": range(7)}
    pl.DataFrame(columns).write_parquet(file, row_group_size=group_rows)

    read = table(file.getvalue(), "parquet")

    assert read.column("image") == [f"{number}.png" for number in range(7)]
    assert read.column("y") == list(range(7))


def test_names_are_never_paths(table: Reader) -> None:
    files = {"../../etc/cat/1.png": png(1), "/root/dog/2.png": png(2), "c:\\windows\\cow\\3.png": png(3)}

    read = table(zip_of(files), "zip")

    assert read.column("label") == ["cat", "dog", "cow"]
    assert read.column("image") == ["etc/cat/1.png", "root/dog/2.png", "c:/windows/cow/3.png"]


STORED = zip_of({"cat/0.png": png(1), "cat/1.png": png(2)})


def stated_size(data: bytes, size: int) -> bytes:
    """A ZIP archive of one file that claims another size in its directory."""
    at = data.rindex(b"PK\x01\x02")
    return data[: at + 24] + size.to_bytes(4, "little") + data[at + 28 :]


BOMB = zip_of({"cat/0.png": bytes(30_000_000), "cat/1.png": png(1)})


@pytest.mark.parametrize(
    ("data", "slug", "words"),
    [
        (zip_of({}), "no-pictures", "no files in it"),
        (zip_of({"houses.csv": b"a,b\n1,2\n"}), "no-pictures", ".csv"),
        (zip_of({"a.zip": zip_of({"b.zip": zip_of({"c.png": png(1)})})}), "no-pictures", ".zip"),
        (zip_of({"cat/0.png": b"x", "dog/1.png": b"y"}), "no-pictures", "cat/0.png"),
        (zip_of(cats_and_dogs())[:-40], "damaged-file", "damaged"),
        (b"PK\x03\x04" + bytes(200), "damaged-file", "damaged"),
        (stated_size(STORED, 2**32 - 2), "too-large", "at most 4,294,967,296"),
    ],
)
def test_an_archive_without_pictures_is_refused(table: Reader, data: bytes, slug: str, words: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        table(data, "zip")

    assert refused.value.slug == slug
    assert words in f"{refused.value}"


def test_bombs_are_listed_and_not_unpacked(table: Reader) -> None:
    assert len(BOMB) < 40_000

    read = table(BOMB, "zip")

    assert [(issue.code, issue.value) for issue in read.issues] == [("file_too_large", "cat/0.png")]
    assert len(read.rows) == 1


def test_members_are_counted_before_they_are_listed(table: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 5)
    monkeypatch.setattr(zipfile.ZipFile, "infolist", None)

    for data, form in ((zip_of(cats_and_dogs()), "zip"), (tar_of(cats_and_dogs()), "tar")):
        with pytest.raises(UnreadableFile, match="more than 5 files"):
            table(data, form)


def test_encrypted_and_damaged_members_are_listed(table: Reader) -> None:
    data = bytearray(zip_of(cats_and_dogs(2), zipfile.ZIP_STORED))
    at = data.index(b"IDAT") + 8
    data[at] ^= 0xFF  # its checksum fails
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 8] |= 1  # the last one claims to be encrypted

    read = table(bytes(data), "zip")

    assert [issue.code for issue in read.issues] == ["unreadable_member", "unreadable_member"]
    assert len(read.rows) == 2


def test_rows_of_json_have_pictures_as_addresses(table: Reader) -> None:
    def address(data: bytes) -> str:
        return f"data:image/png;base64,{b64encode(data).decode()}"

    rows = [
        {"y": 1},
        {"photo": address(png(1)), "y": 2},
        {"photo": address(png(2)[:50]), "y": 3},
        {"photo": "x", "y": 4},
    ]

    read = table("".join(json.dumps(row) + "\n" for row in rows), "ndjson")

    assert read.types == {"y": "numeric", "photo": "image"}
    assert read.column("photo") == [None, "row 2", None, None]
    assert [(issue.code, issue.line, issue.column) for issue in read.issues] == [
        ("broken_image", 3, "photo"),
        ("not_an_image", 4, "photo"),
    ]
    stats = read.profile("photo").images
    assert stats is not None
    assert stats.width.max == 32
