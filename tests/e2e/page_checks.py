"""Helpers of the tests of the page: viewports, an accessibility check, and a job to look at."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from gradus import Client
from tests.e2e.installation import EXAMPLES

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
TIMEOUT_MS = 60_000
ENDLESS_SPEC = {
    "epochs": 1_000_000,
    "early_stopping": None,
    "layers": [{"type": "dense", "units": 8, "activation": "relu"}],
}

WCAG_RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
CONTRAST_RULE = {"type": "rule", "values": ["color-contrast"]}

at_both_sizes = pytest.mark.parametrize("page", [DESKTOP, PHONE], ids=["desktop", "phone"], indirect=True)


def assert_accessible(page: Page) -> None:
    """Check the page against WCAG 2.2 AA; in dark mode only its colours differ, so that only contrast is checked."""
    page.evaluate("scrollTo(0, 0)")  # what is scrolled under the header counts as too small
    for scheme, rules in (("light", WCAG_RULES), ("dark", CONTRAST_RULE)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        violations = Axe().run(page, options={"runOnly": rules}).response["violations"]
        elements = [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in violations]
        assert elements == [], f"{page.url} in {scheme}"
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow == 0, f"{page.url} is {overflow} px too wide"


def create_job(client: Client, **spec: Any) -> str:
    """Start a job on the penguins; its id."""
    dataset = client.datasets.upload(EXAMPLES / "penguins.csv")
    return client.jobs.create(dataset_id=dataset.id, target="species", **spec).id
