"""One server for all tests that leave it running, and one browser for those of the page."""

import gc
import os
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from gradus import Client
from gradus.errors import Conflict
from tests.browser import ARGUMENTS, chromium
from tests.e2e.installation import Installation
from tests.e2e.page_checks import DESKTOP, TIMEOUT_MS, create_job


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("shared") / "data")
    yield installation
    installation.close()


@pytest.fixture(scope="package")
def client(server: Installation) -> Iterator[Client]:
    """A client whose jobs are of one net unless a test says otherwise, which keeps the tests quick."""
    with Client(server.url) as client, pytest.MonkeyPatch.context() as patch:
        patch.setattr(client.jobs, "create", partial(client.jobs.create, preset="fast"))
        yield client


@pytest.fixture(scope="package")
def server_with_keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, dict[str, str]]]:
    """An installation with a key for each scope, by name; and a model."""
    installation = Installation(tmp_path_factory.mktemp("server_with_keys") / "data")
    with Client(installation.url) as client:
        client.jobs.get(create_job(client, model_name="server_with_keys", epochs=1)).wait()
        keys = {"admin": client.keys.create("admin", scopes=["admin"]).key}
    with Client(installation.url, api_key=keys["admin"]) as client:
        for scope in ("read", "predict"):
            keys[scope] = client.keys.create(scope, scopes=[scope], owner="local").key
    yield installation, keys
    installation.close()


@pytest.fixture(autouse=True)
def nothing_is_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """Cancels what a test that failed left endless: the next one needs the worker."""
    client: Client | None = request.getfixturevalue("client") if "server" in request.fixturenames else None
    yield
    for job in client.jobs.list(status="queued,running,paused") if client else ():
        with suppress(Conflict):  # it has ended just now
            job.cancel()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("there is no Chromium: make dev")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()  # Playwright leaves its pipe to the collector


@pytest.fixture(scope="package")
def joint_page(browser: Browser) -> tuple[Page, list[str]]:
    """A page for all tests, since a new one takes longer than most of them, and its errors."""
    page = browser.new_context().new_page()
    page.set_default_timeout(TIMEOUT_MS)
    expect.set_options(timeout=TIMEOUT_MS)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if "Content Security" in message.text else None)
    return page, problems


@pytest.fixture
def page(request: pytest.FixtureRequest, joint_page: tuple[Page, list[str]]) -> Iterator[Page]:
    """An empty page that remembers nothing."""
    page, problems = joint_page
    page.set_viewport_size(getattr(request, "param", DESKTOP))
    page.emulate_media(media="null", color_scheme="light", reduced_motion="reduce", forced_colors="none")
    page.mouse.move(0, 0)
    yield page
    page.unroute_all(behavior="ignoreErrors")
    if page.url.startswith("http"):
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.goto("about:blank")
    found = problems.copy()
    problems.clear()
    assert found == []
