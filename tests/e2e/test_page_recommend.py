"""Recommendations in a real Chromium: a table of ratings, the map of its items, similar ones, mistakes, and picks."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.page_checks import assert_accessible

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector


def test_readers_are_told_books_by_what_they_like(page: Page, server: Installation) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="Book ratings").click()
    expect(page.get_by_role("radio", name="Recommendation")).to_be_checked()
    page.get_by_role("radio", name="Regression").check()
    expect(page.get_by_label("Target column")).to_have_value("stars")
    page.get_by_role("radio", name="Recommendation").check()
    for label, column in (("User column", "reader"), ("Item column", "book"), ("Rating column", "stars")):
        expect(page.get_by_label(label)).to_have_value(column)
    assert_accessible(page)
    page.get_by_role("button", name="Train", exact=True).click()

    expect(page.get_by_role("heading", name="book_ratings → book")).to_be_visible()
    expect(page.locator("h1 .status.succeeded")).to_be_visible()
    map_of_items = page.get_by_role("img", name=re.compile("Map of 80 items"))
    map_of_items.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".item-map .node-card")).to_contain_text("rows of training")
    page.get_by_label("Colour").select_option("genre")
    expect(page.get_by_role("region", name="Item embeddings").locator(".legend")).to_contain_text("fantasy")
    expect(page.get_by_role("link", name="One training step")).to_have_count(0)
    assert_accessible(page)

    page.get_by_role("link", name="Understand").click()
    item = page.get_by_role("combobox", name="Item")
    item.fill("amber dragon")
    page.get_by_role("option", name=re.compile("The Amber Dragon")).click()
    expect(page.get_by_role("img", name=re.compile("marked are The Amber Dragon"))).to_be_visible()
    expect(page.get_by_role("region", name="Most similar items").locator(".importance li")).to_have_count(10)
    expect(page.get_by_role("region", name="Errors, one by one").get_by_role("row")).to_have_count(11)
    expect(page.get_by_role("heading", name="Feature importance")).to_have_count(0)
    expect(page.get_by_role("columnheader", name="Levels of users and items")).to_be_visible()
    assert_accessible(page)

    page.get_by_role("link", name="Use", exact=True).click()
    found = page.get_by_role("region", name="Recommendations")
    expect(found).to_contain_text("liked by most")
    item = page.get_by_role("combobox", name="book")
    for name in ("The Amber Dragon", "The Last Oracle"):
        item.fill(name)
        expect(page.get_by_role("listbox", name="book").get_by_role("option")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=f"Remove {name}")).to_be_visible()
    expect(found).to_contain_text(re.compile("similar to The (Amber Dragon|Last Oracle)"))
    page.get_by_label("Rating of The Last Oracle").select_option("1")
    expect(found).not_to_contain_text("The Last Oracle")
    page.get_by_label("genre").select_option("travel")
    page.reload()
    expect(page.get_by_label("Rating of The Last Oracle")).to_have_value("1")
    expect(page.get_by_role("region", name="The request in curl")).to_contain_text('"rating":1')
    assert_accessible(page)
    page.get_by_role("combobox", name="Or a known reader").fill("reader 11")
    page.get_by_role("option", name=re.compile("reader 11")).click()
    expect(page.get_by_role("heading", name="For a known user")).to_be_visible()
    expect(found.get_by_role("listitem")).to_have_count(10)
