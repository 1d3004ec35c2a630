"""What the page does for people besides training: terms, a first run, keys, notifications; and axe on all views."""

import json
import re
from collections.abc import Iterator
from typing import Final

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # pyright: ignore[reportMissingTypeStubs] - it has none
from playwright.sync_api import Page, Route, expect

from gradus import Client
from tests.e2e.installation import Installation
from tests.e2e.page_checks import (
    CONTRAST_RULE,
    ENDLESS_SPEC,
    FIND_VIOLATIONS,
    WCAG_RULES,
    assert_accessible,
    at_both_sizes,
    create_job,
)

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector

SHOW: Final = """view => new Promise(done => {
  addEventListener("hashchange", () => requestAnimationFrame(() => requestAnimationFrame(done)), {once: true});
  location.hash = view;
})"""
RECORD_NOTIFICATIONS: Final = """() => {
  window.Notification = class {
    static permission = "granted";
    constructor(title) { document.documentElement.dataset.notified = title; }
  };
}"""


@pytest.fixture
def admin(server_with_keys: tuple[Installation, dict[str, str]]) -> Iterator[Client]:
    server, keys = server_with_keys
    with Client(server.url, api_key=keys["admin"]) as client:
        yield client


def open_signed_in(page: Page, server: Installation, key: str, address: str = "/") -> None:
    """Open a page of the server with this key."""
    page.goto(server.url)
    page.evaluate("key => sessionStorage.setItem('gradus-key', key)", key)
    page.goto(f"{server.url}/#{address}")
    page.reload()


@at_both_sizes
def test_terms_are_explained_where_they_stand(
    page: Page, server_with_keys: tuple[Installation, dict[str, str]]
) -> None:
    server, keys = server_with_keys
    with Client(server.url, api_key=keys["admin"]) as client:
        (job, *_) = client.jobs.list(status="succeeded")
    open_signed_in(page, server, keys["admin"], f"/jobs/{job.id}/understand")
    term = page.get_by_role("button", name="Diagnosis", exact=True)
    popover = page.locator("#term-popover")

    term.focus()
    page.keyboard.press("Enter")

    expect(popover).to_contain_text("One problem of a training")
    expect(term).to_have_accessible_description(re.compile("One problem of a training"))
    assert_accessible(page)
    page.keyboard.press("Tab")
    expect(popover.get_by_role("link", name="All terms")).to_be_focused()
    page.keyboard.press("Escape")
    expect(popover).to_be_hidden()
    expect(term).to_be_focused()
    term.click()
    expect(popover).to_be_visible()
    page.get_by_role("button", name="Feature importance").click()
    expect(popover).to_contain_text("shuffled")
    popover.get_by_role("link", name="All terms").click()
    expect(page.get_by_label("Search the glossary")).to_have_value("feature importance")
    page.get_by_label("Search the glossary").fill("false alarms")
    expect(page.locator(".glossary dt")).to_have_text("threshold")


def test_a_guided_first_run_leads_to_a_prediction(
    page: Page, server_with_keys: tuple[Installation, dict[str, str]], admin: Client
) -> None:
    newcomer = admin.keys.create("newcomer", scopes=["read", "train", "predict"], owner="newcomer").key
    open_signed_in(page, server_with_keys[0], newcomer)
    guide = page.get_by_role("complementary", name="Guided first run")
    expect(guide).to_be_hidden()

    page.get_by_role("button", name="Show me").click()

    expect(guide).to_contain_text("1 of 6")
    assert_accessible(page)
    page.locator("[data-guide]").click()
    expect(guide).to_contain_text("2 of 6")
    page.reload()
    page.locator("[data-guide]").click()
    expect(guide).to_contain_text("3 of 6")
    page.get_by_role("button", name="Finish").click()
    expect(guide).to_contain_text("4 of 6")
    page.locator("[data-guide]").click()
    expect(guide).to_contain_text("5 of 6")
    expect(page.locator("[data-guide]")).to_contain_text("Confusion matrix")
    guide.get_by_role("button", name="Use the model").click()
    expect(guide).to_contain_text("6 of 6")
    expect(page.locator("[data-guide]").get_by_role("slider")).to_be_visible()
    guide.get_by_role("button", name="Done").click()
    expect(guide).to_be_hidden()
    page.goto(f"{server_with_keys[0].url}/#/")
    expect(page.get_by_role("heading", name="Recent")).to_be_visible()
    expect(page.get_by_role("button", name="Show me")).to_be_hidden()


def test_keys_are_made_shown_once_and_revoked(
    page: Page, server_with_keys: tuple[Installation, dict[str, str]]
) -> None:
    server, keys = server_with_keys
    open_signed_in(page, server, keys["admin"])
    page.get_by_role("link", name="Keys", exact=True).click()
    page.get_by_label("Name", exact=True).fill("shop-window")
    page.get_by_role("button", name="Make the key").click()
    shown = page.get_by_role("region", name="The key “shop-window”")
    expect(shown).to_contain_text("forms of models")
    assert_accessible(page)
    key = shown.locator("code").first.inner_text()
    row = page.get_by_role("row", name=re.compile("shop-window"))
    expect(row).to_contain_text(key[-4:])
    shown.get_by_role("button", name="I have copied it").click()
    expect(page.get_by_text(key)).to_be_hidden()

    visitor = page.context.new_page()
    open_signed_in(visitor, server, key, "/models/server_with_keys")
    expect(visitor.locator("output")).to_be_visible()
    expect(visitor.get_by_role("link", name="Jobs")).to_be_hidden()
    expect(visitor.get_by_role("link", name="Training run")).to_be_hidden()
    expect(visitor.get_by_role("alert")).to_be_hidden()
    row.get_by_role("button").click()
    row.get_by_role("button", name="Really revoke").click()
    expect(row).to_contain_text("revoked")
    visitor.reload()
    expect(visitor.get_by_role("heading", name="Sign in with your API key")).to_be_visible()
    visitor.close()


def test_a_read_only_key_is_offered_nothing_that_it_may_not_do(
    page: Page, server_with_keys: tuple[Installation, dict[str, str]], admin: Client
) -> None:
    (job, *_) = admin.jobs.list(status="succeeded")
    for view in ("", "/understand", "/use", "/tour"):
        open_signed_in(page, server_with_keys[0], server_with_keys[1]["read"], f"/jobs/{job.id}{view}")
        expect(page.get_by_text("succeeded", exact=True)).to_be_visible()
        expect(page.locator(".waiting")).to_have_count(0)
        expect(page.get_by_role("alert")).to_be_hidden()
        expect(page.get_by_role("link", name="Keys", exact=True)).to_be_hidden()


def test_a_long_run_tells_its_progress_and_its_end(
    page: Page, server_with_keys: tuple[Installation, dict[str, str]], admin: Client
) -> None:
    server, keys = server_with_keys
    job = create_job(admin, model_name="long", **ENDLESS_SPEC)

    def start_earlier(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json={**response.json(), "created_at": "2026-01-01T00:00:00Z"})

    page.context.grant_permissions(["notifications"], origin=server.url)
    open_signed_in(page, server, keys["admin"], f"/jobs/{job}")
    expect(page).to_have_title(re.compile(r"^\d+% · long · Gradus$"))
    page.evaluate(RECORD_NOTIFICATIONS)
    page.get_by_role("button", name="Notify me when it ends").click()
    page.route(f"**/v1/jobs/{job}", start_earlier)
    page.get_by_role("link", name="Models", exact=True).click()
    admin.jobs.get(job).cancel()

    expect(page.locator("html")).to_have_attribute("data-notified", "long: cancelled")
    page.context.clear_permissions()


def test_axe_finds_nothing_in_any_view_in_either_theme(
    page: Page, server_with_keys: tuple[Installation, dict[str, str]], admin: Client
) -> None:
    (job, *_) = admin.jobs.list(status="succeeded")
    other = create_job(admin, epochs=2)
    admin.jobs.get(other).wait()
    table, model = f"/datasets/{job.spec.dataset_id}?more=1&view=table", "/models/server_with_keys"
    views = [
        *(
            "/",
            "/jobs",
            "/models",
            "/datasets",
            "/sweeps",
            "/webhooks",
            "/keys",
            "/help",
            "/nonsense",
            "/jobs/nonsense",
        ),
        *(f"/jobs/{job.id}{view}" for view in ("", "/understand", "/use", "/tour")),
        *(f"/datasets/{job.spec.dataset_id}?more=1", table, model, f"/compare?jobs={job.id},{other}"),
    ]
    open_signed_in(page, server_with_keys[0], server_with_keys[1]["admin"], "/another")
    page.evaluate(AXE_SCRIPT)
    found: dict[str, list[object]] = {}
    explained = {table: ("Explains", "Input"), model: ("Predict a file", "Monitoring"), "/webhooks": ("Webhooks",)}
    for view in views:
        page.evaluate(SHOW, view)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".waiting")).to_have_count(0)
        for term in explained.get(view, ()):
            expect(page.get_by_role("button", name=term, exact=True)).to_be_visible()
        found[view] = page.evaluate(FIND_VIOLATIONS, [*WCAG_RULES, "best-practice"])
        page.emulate_media(color_scheme="dark")  # only colours differ
        found[f"{view} in the dark"] = page.evaluate(FIND_VIOLATIONS, CONTRAST_RULE)
        page.emulate_media(color_scheme="light")
    assert {view: violations for view, violations in found.items() if violations} == {}, json.dumps(found, indent=1)
