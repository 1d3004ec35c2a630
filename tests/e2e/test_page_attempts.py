"""Changing a run and training again, and searching for better settings, in a real Chromium."""

import pytest
from playwright.sync_api import Page, expect

from gradus import Client
from tests.e2e.installation import EXAMPLES, Installation
from tests.e2e.page_checks import assert_accessible, assert_no_wider

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector


def test_a_run_is_changed_and_trained_again_and_the_chain_shows_what_changed(
    page: Page, server: Installation, client: Client
) -> None:
    dataset = client.datasets.upload(EXAMPLES / "penguins.csv")
    job = client.jobs.create(dataset_id=dataset.id, target="species", preset="fast", epochs=6, seed=3).wait()
    page.goto(f"{server.url}/#/jobs/{job.id}")
    expect(page.get_by_role("heading", name="Attempts")).to_have_count(0)
    page.get_by_role("button", name="Change and train again").click()
    expect(page.get_by_text("nothing yet; open the advanced settings")).to_be_visible()
    page.get_by_role("button", name="Advanced settings").click()
    page.get_by_label("Epochs").fill("9")
    page.get_by_label("Epochs").press("Tab")
    expect(page.get_by_role("list").filter(has_text="epochs 6 9")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("heading", name="Attempts")).to_be_visible(timeout=60_000)
    attempts = page.get_by_role("region", name="Attempts").get_by_role("listitem")
    expect(attempts.filter(has_text="the first")).to_be_visible()
    expect(page.get_by_text("epochs 6 9")).to_be_visible()
    again = next(client.jobs.list())
    assert (again.spec.epochs, again.spec.seed, again.spec.tags) == (9, 3, {"changed_from": job.id})
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 700})
    assert_no_wider(page)


def test_better_settings_are_found_from_a_run(page: Page, server: Installation, client: Client) -> None:
    dataset = client.datasets.upload(EXAMPLES / "penguins.csv")
    job = client.jobs.create(dataset_id=dataset.id, target="species", preset="fast", epochs=6).wait()
    page.goto(f"{server.url}/#/jobs/{job.id}")
    page.get_by_role("button", name="Find better settings").click()
    expect(page.get_by_role("heading", name="Better settings for species")).to_be_visible()
    expect(page.get_by_role("link", name="see the training run")).to_be_visible(timeout=180_000)
    expect(page.get_by_role("heading", name="Importance of settings")).to_be_visible()
    expect(page.get_by_text("30 of 30")).to_be_visible()
    board = page.get_by_role("region", name="Trials, the best first").get_by_role("row")
    expect(board).to_have_count(11)
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 700})
    assert_no_wider(page)
    page.get_by_role("link", name="All sweeps").click()
    expect(page.get_by_text("30 of 30 trials")).to_be_visible()
