"""Delivery of the page: unchanged files, a content security policy, and caching."""

import re
from pathlib import Path

from flask.testing import FlaskClient

STATIC = Path(__file__).parents[4] / "service" / "static" / "page"


def test_the_bare_address_is_the_page(client: FlaskClient) -> None:
    answer = client.get("/")

    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_a_cached_page_is_304(client: FlaskClient) -> None:
    first = client.get("/")

    again = client.get("/", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status_code, again.data) == (304, b"")


def test_assets_of_the_page_are_served_as_immutable(client: FlaskClient) -> None:
    parts = re.findall(r'(?:src|href)="(/page/[^"]+)"', client.get("/").text)

    kinds = {client.get(part).content_type for part in parts}
    caching = {client.get(part).headers["Cache-Control"] for part in parts}

    assert kinds == {"text/css; charset=utf-8", "text/javascript; charset=utf-8"}
    assert caching == {"public, max-age=31536000, immutable"}


def test_every_built_file_is_served_with_a_type_that_browsers_take(client: FlaskClient) -> None:
    for path in STATIC.iterdir():
        answer = client.get(f"/page/{path.name}")
        assert answer.data == path.read_bytes()
        assert answer.content_type.startswith(
            {".woff2": "font/woff2", ".json": "application/json", ".zip": "application/zip"}.get(path.suffix, "text/")
        )


def test_nothing_else_is_served_there(client: FlaskClient) -> None:
    for name in ("nothing.js", "..%2Fdocs.html", "%2e%2e"):
        assert client.get(f"/page/{name}").status_code == 404
