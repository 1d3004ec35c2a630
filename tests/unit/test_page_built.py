"""The built page is current, reproducible and small; checked without Node where there is none."""

import gzip
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "page"
BUILT = REPOSITORY / "service" / "static" / "page"
MANIFEST = BUILT / "manifest.json"
GENERATED = {
    PAGE / "src" / name: REPOSITORY / "docs" / source
    for name, source in (
        ("api/schema.ts", "openapi.json"),
        ("api/choices.ts", "openapi.json"),
        ("help/glossary.ts", "glossary.md"),
    )
}
"""Each source that `npm run shapes` writes, with the document that it is made from."""
MAX_BYTES = 220_000
MAX_LINES = 300


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path) for path in folder.iterdir() if path.name != MANIFEST.name}


def test_the_built_files_are_those_of_the_present_sources() -> None:
    manifest = json.loads(MANIFEST.read_text())
    present = {path.relative_to(REPOSITORY).as_posix() for path in (PAGE / "src").rglob("*") if path.is_file()}

    assert present <= manifest["sources"].keys(), "build the page anew: make page"
    assert {name: sha256(REPOSITORY / name) for name in manifest["sources"]} == manifest["sources"], "make page"
    assert hashes(BUILT) == manifest["built"], "built files were changed by hand: make page"


@pytest.mark.skipif(
    not (shutil.which("node") and (PAGE / "node_modules/.ready").exists()), reason="needs node, and: make dev"
)
def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run(["node", "build.mjs", str(tmp_path / "page")], cwd=PAGE, check=True)

    assert hashes(tmp_path / "page") == hashes(BUILT)


def test_scripts_and_styles_are_small() -> None:
    sent = [gzip.compress(path.read_bytes()) for path in BUILT.iterdir() if path.suffix in {".js", ".css"}]

    assert 0 < sum(map(len, sent)) < MAX_BYTES


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_what_is_generated_is_of_the_present_document(path: Path) -> None:
    header = path.read_text().partition("\n")[0]

    assert header.endswith(f"sha256 {sha256(GENERATED[path])}"), "generate and build anew: make page"


def test_no_source_is_long() -> None:
    written = [path for path in (PAGE / "src").rglob("*.*") if path not in GENERATED]
    long = {path.name for path in written if len(path.read_bytes().splitlines()) > MAX_LINES}

    assert long == set()


def test_the_lock_file_names_hashes_and_no_registry() -> None:
    packages = json.loads((PAGE / "package-lock.json").read_text())["packages"]

    assert all("resolved" not in package for package in packages.values())
    assert all("integrity" in package for name, package in packages.items() if name)


def test_nothing_is_fetched_from_elsewhere() -> None:
    html = (BUILT / "index.html").read_text()
    styles = "".join(path.read_text() for path in BUILT.glob("*.css"))

    assert not re.findall(r"(?:src|href)=\"https?:", html)
    assert not re.findall(r"url\(\"?https?:", styles)
