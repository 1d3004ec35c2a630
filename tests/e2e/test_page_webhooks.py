"""Webhooks in the page: made, tried, looked at and deleted; a key that may only read sees no button for it."""

import re

import pytest
from playwright.sync_api import Page, expect

from gradus import Client
from tests.e2e.installation import Installation
from tests.e2e.page_checks import PHONE, assert_accessible

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector

URL = "https://nowhere.invalid/gradus"


def test_a_webhook_is_made_tested_and_deleted(page: Page, server: Installation, client: Client) -> None:
    page.goto(f"{server.url}/#/webhooks")
    page.get_by_label("Address").fill("http://127.0.0.1:9/")
    page.get_by_role("button", name="Make the webhook").click()
    expect(page.get_by_role("alert")).to_contain_text("public address")

    page.get_by_label("Address").fill(URL)
    page.get_by_label("All events").uncheck()
    page.get_by_label("drift.detected").check()
    assert_accessible(page)
    page.get_by_role("button", name="Make the webhook").click()
    secret = page.locator(".new-secret code")
    expect(secret).to_contain_text("whsec_")
    first_secret = secret.inner_text()
    (made,) = client.webhooks.list()
    assert (made.url, made.events) == (URL, ["drift.detected"])
    page.get_by_role("button", name="I have copied it").click()
    page.get_by_role("link", name=URL).click()

    page.get_by_role("button", name="Send a test").click()
    cells = page.get_by_role("row", name="webhook.test").get_by_role("cell")
    expect(cells.filter(has_text=re.compile(r"^in \d+ (s|min)$"))).to_be_visible()  # the next try, once one has failed
    expect(cells.filter(has_text=re.compile("^1$"))).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Try now").click()
    expect(cells.filter(has_text=re.compile("^2$"))).to_be_visible()
    page.get_by_role("button", name="New secret").click()
    expect(secret).to_contain_text("whsec_")
    assert secret.inner_text() != first_secret
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("Nothing is sent to it")).to_be_visible()
    expect(page.get_by_role("button", name="Send a test")).to_have_count(0)
    page.set_viewport_size(PHONE)
    assert_accessible(page)

    page.get_by_role("button", name="Delete this webhook").click()
    page.get_by_role("button", name="Really delete").click()
    expect(page.get_by_text("No webhooks yet")).to_be_visible()


def test_a_key_that_reads_sees_webhooks_and_changes_none(
    page: Page, server_with_keys: tuple[Installation, dict[str, str]]
) -> None:
    server, keys = server_with_keys
    with Client(server.url, api_key=keys["admin"]) as client:
        made = client.webhooks.create(URL)
    page.goto(f"{server.url}/#/webhooks")
    page.get_by_label("API key").fill(keys["read"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name=URL)).to_be_visible()
    expect(page.get_by_role("button", name="Make the webhook")).to_have_count(0)
    page.goto(f"{server.url}/#/webhooks/{made.id}")
    expect(page.get_by_role("heading", name=URL)).to_be_visible()
    expect(page.get_by_text("Nothing yet")).to_be_visible()
    expect(page.locator("main button")).to_have_count(0)
