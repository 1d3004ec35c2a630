"""A folder of photographs as an upload: a ZIP archive that is made while it is sent, the same of the same files."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from gradus.photo_folder import describe_unread, measure_photos, pack_photos
from gradus.upload import LocalFileError, make_upload
from tests.pictures import png


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    files = {"cat/1.png": png(1), "cat/2.JPG": png(2), "dog/3.png": png(3) * 300, "metadata.csv": b"a,b\n1,2\n"}
    others = {"cat/film.mp4": b"x", ".git/4.png": b"x", "dog/.hidden.png": b"x", "notes.txt": b"x"}
    for name, data in {**files, **others}.items():
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "photos"


def test_pictures_and_tables_of_a_folder_are_packed(photos: Path) -> None:
    reports = list[tuple[int, int | None]]()

    pieces = list(pack_photos(photos, lambda sent, total: reports.append((sent, total))))

    archive = zipfile.ZipFile(BytesIO(b"".join(pieces)))
    assert archive.testzip() is None
    assert archive.namelist() == ["cat/1.png", "cat/2.JPG", "dog/3.png", "metadata.csv"]
    assert archive.read("dog/3.png") == png(3) * 300
    total = measure_photos(photos)
    assert reports[-1] == (total, total)
    assert max(map(len, pieces)) <= 256 * 1024


def test_the_same_files_give_the_same_bytes_each_time(photos: Path) -> None:
    upload = make_upload(photos, format=None, on_progress=None)

    first, second = b"".join(upload.body()), b"".join(upload.body())  # type: ignore[arg-type]

    assert first == second
    assert upload.name == "photos"
    assert upload.headers == {"Content-Type": "application/zip", "Content-Length": str(len(first))}


def test_a_folder_without_pictures_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalFileError, match="no pictures"):
        make_upload(tmp_path, format=None, on_progress=None)


def test_pictures_of_kinds_that_are_not_read_are_told(tmp_path: Path) -> None:
    for name in ("a.heic", "b.HEIC", "c.dng"):
        (tmp_path / name).write_bytes(b"x")

    assert describe_unread(tmp_path).startswith(
        "pictures of kinds that are not read (2 .heic, 1 .dng): save them as JPEG"
    )
    with pytest.raises(LocalFileError, match=r"has only pictures of kinds that are not read \(2 .heic, 1 .dng\)"):
        make_upload(tmp_path, format=None, on_progress=None)
