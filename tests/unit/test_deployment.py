"""The files by which Gradus is deployed: the image gets every package, and all that it installs is pinned."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_the_image_is_built_from_every_package() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    sent = re.findall(r"^!(\w+)/$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)

    assert sent == [name.removesuffix("*") for name in packages]


def test_images_are_named_by_their_release() -> None:
    images = re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE)
    images += [image for image in re.findall(r"image: (\S+)", COMPOSE) if not image.startswith("localhost/")]

    assert len(images) == 4
    assert [image for image in images if not re.search(r":\d+(\.\d+)*(-\w+)*$", image)] == []


def test_uv_is_installed_by_version_and_hash_everywhere() -> None:
    pinned = (ROOT / "requirements-uv.lock").read_text()
    assert re.match(r"uv==[\d.]+ \\\n    --hash=sha256:[0-9a-f]{64}", pinned)

    for text in (DOCKERFILE, (ROOT / "Makefile").read_text()):
        installs = re.findall(r"pip install .*?(?: uv$|requirements-uv\.lock)", text, re.MULTILINE)
        assert installs
        assert all("--require-hashes" in line and line.endswith("requirements-uv.lock") for line in installs)


def test_the_api_is_published_on_loopback_unless_told_otherwise() -> None:
    assert re.findall(r'ports: \["(.*)"\]', COMPOSE) == ["${GRADUS_PUBLISH:-127.0.0.1:8000}:8000"]


def test_every_container_has_limits_of_memory_and_processes() -> None:
    contained = COMPOSE[COMPOSE.index("x-contained:") : COMPOSE.index("x-gradus:")]

    assert "mem_limit:" in contained
    assert "pids_limit:" in contained
    services = re.split(
        r"^  (?=[\w-]+:$)", COMPOSE[COMPOSE.index("services:") : COMPOSE.index("\nvolumes:")], flags=re.MULTILINE
    )
    assert len(services) == 7
    assert all("<<: *contained" in service or "<<: *gradus" in service for service in services[1:])
