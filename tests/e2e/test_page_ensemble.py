"""The views of an ensemble in a real Chromium: each of its nets can be looked at."""

import re

import pytest
from playwright.sync_api import Page, expect

from gradus import Client
from tests.e2e.installation import EXAMPLES, Installation
from tests.e2e.page_checks import assert_accessible, assert_no_wider

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector


def test_each_net_of_an_ensemble_is_shown(page: Page, server: Installation, client: Client) -> None:
    dataset = client.datasets.upload(EXAMPLES / "penguins.csv")
    job = client.jobs.create(dataset_id=dataset.id, target="species", nets=3, epochs=8, early_stopping=None).wait()

    page.goto(f"{server.url}/#/jobs/{job.id}")
    expect(page.get_by_role("heading", name="Ensemble of 3 nets")).to_be_visible()
    expect(page.get_by_text("24 of 24")).to_be_visible()
    expect(page.get_by_text("3 nets", exact=True)).to_be_visible()
    chart = page.get_by_role("img", name="The curves of 2 other nets are drawn faintly.")
    expect(chart).to_be_visible()
    expect(page.get_by_text("Net 1, and faintly the other nets.")).to_be_visible()
    with page.expect_request(re.compile(r"/weights\?.*net=2")):
        page.get_by_role("navigation", name="Nets of the ensemble").get_by_role("link", name="Net 2").click()
    expect(page.get_by_role("link", name="Net 2")).to_have_attribute("aria-current", "true")
    expect(page.get_by_text("Net 2, and faintly the other nets.")).to_be_visible()
    expect(page.get_by_text("after epoch 8").first).to_be_visible()
    assert_accessible(page)

    with page.expect_request(re.compile(r"/trace\?net=2")):
        page.get_by_role("link", name="One training step").click()
    page.set_viewport_size({"width": 320, "height": 700})
    page.get_by_role("link", name="Watch").click()
    assert_no_wider(page)
