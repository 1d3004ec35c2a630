"""Files and folders in a real Chromium: dropped or chosen, packed, uploaded with progress, and broken off."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gradus import Client
from tests.e2e.installation import Installation, eventually
from tests.e2e.page_checks import assert_accessible
from tests.pictures import cats_and_dogs, png

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector

HEIC = b"\0\0\0\x18ftypheic" + bytes(20_000)


def write_photos(folder: Path) -> Path:
    """A folder with four pictures of each class, and what is no picture, or none that is read."""
    files = cats_and_dogs(4)
    files |= {"photos/cat/phone.heic": HEIC, "photos/dog/torn.png": png(9)[:90], "photos/dog/notes.txt": b"notes"}
    files |= {"photos/.thumbnails/cat.png": png(10)}
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder / "photos"


def test_a_folder_is_packed_and_what_cannot_be_read_of_it_is_named(
    page: Page, server: Installation, tmp_path: Path
) -> None:
    page.goto(server.url)
    assert_accessible(page)

    page.get_by_label("Choose a folder of pictures").set_input_files(write_photos(tmp_path))

    expect(page.get_by_role("heading", name="photos", exact=False).first).to_be_visible()
    gallery = page.get_by_role("region", name="Pictures by class")
    expect(gallery.get_by_role("img")).to_have_count(8)
    issues = page.locator("details.issues")
    issues.locator("summary").click()
    rows = issues.get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.filter(has_text="phone.heic")).to_contain_text("HEIC")
    expect(rows.filter(has_text="torn.png")).to_be_visible()
    assert_accessible(page)


def test_a_folder_without_pictures_is_refused_with_the_kinds_that_are_read(
    page: Page, server: Installation, tmp_path: Path
) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("no picture")
    page.goto(server.url)

    page.get_by_label("Choose a folder of pictures").set_input_files(tmp_path / "letters")

    refusal = page.get_by_role("status").filter(has_text="There are no pictures in it")
    expect(refusal).to_contain_text("JPEG, PNG, WebP")


def drop(page: Page, path: Path, target: str = ".drop-zone") -> None:
    """Drop a file or a folder where a person would, by the browser's own events of dragging."""
    box = page.locator(target).bounding_box()
    assert box is not None
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
    session.detach()


def test_a_folder_and_a_zip_are_dropped(page: Page, server: Installation, tmp_path: Path) -> None:
    photos = write_photos(tmp_path)
    archive = Path(shutil.make_archive(str(tmp_path / "zipped"), "zip", photos))
    for dropped in (photos, archive):
        page.goto(server.url)
        drop(page, dropped)

        expect(page.get_by_role("heading", name=dropped.name).first).to_be_visible()
        gallery = page.get_by_role("region", name="Pictures by class")
        expect(gallery.get_by_role("img")).to_have_count(8)
        expect(page.locator("details.issues")).to_contain_text("phone.heic")
        page.goto("about:blank")


def test_an_upload_that_is_broken_off_leaves_nothing(
    page: Page, server: Installation, client: Client, tmp_path: Path
) -> None:
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    for number in range(3):
        (tmp_path / "photos" / "cat" / f"{number}.png").write_bytes(png(number) + bytes([number]) * 4_000_000)
    before = [dataset.id for dataset in client.datasets.list()]
    files = list_files(server)
    page.goto(server.url)
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    network.send("Network.emulateNetworkConditions", slow)
    try:
        page.get_by_label("Choose a folder of pictures").set_input_files(tmp_path / "photos")
        progress = page.get_by_role("progressbar", name=re.compile("[Uu]pload"))
        expect(progress).to_have_attribute("value", re.compile(r"[1-9]"))
        assert_accessible(page)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_label("Choose a folder of pictures")).to_be_attached()
    finally:
        network.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
        network.detach()

    eventually(lambda: list_files(server) == files)
    assert [dataset.id for dataset in client.datasets.list()] == before


def test_a_file_is_dropped_on_any_page_which_stays(page: Page, server: Installation, tmp_path: Path) -> None:
    table = tmp_path / "dropped.csv"
    table.write_text("a,b\n1,2\n3,4\n")
    page.goto(f"{server.url}/#/models")
    expect(page.get_by_role("heading", name="Models")).to_be_visible()
    drop(page, table, "h1")

    notice = page.locator(".upload-notice")
    expect(notice).to_contain_text("dropped.csv is uploaded")
    expect(page.get_by_role("heading", name="Models")).to_be_visible()
    assert_accessible(page)
    notice.get_by_role("link", name="Open it").click()
    expect(page.get_by_role("heading", name="dropped.csv").first).to_be_visible()
    expect(notice).to_be_empty()


def list_files(server: Installation) -> set[Path]:
    """The files of the installation, but those of the database."""
    return {path for path in (server.data_dir / "files").rglob("*") if path.is_file()}
