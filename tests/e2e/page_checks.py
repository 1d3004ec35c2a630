"""Helpers of the tests of the page: viewports, an accessibility check, and a job to look at."""

from typing import Any, Final

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # pyright: ignore[reportMissingTypeStubs] - it has none
from playwright.sync_api import Page, ViewportSize

from gradus import Client
from tests.e2e.installation import EXAMPLES

DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
TIMEOUT_MS = 60_000
ENDLESS_SPEC = {
    "epochs": 1_000_000,
    "early_stopping": None,
    "layers": [{"type": "dense", "units": 8, "activation": "relu"}],
}

WCAG_RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
CONTRAST_RULE = {"type": "rule", "values": ["color-contrast"]}
FIND_VIOLATIONS = """rules => axe.run({runOnly: rules, resultTypes: ["violations"]}).then(({violations}) =>
  violations.map(({id, nodes}) => [id, nodes.map(({html}) => html.slice(0, 160))]))"""

at_both_sizes = pytest.mark.parametrize("page", [DESKTOP, PHONE], ids=["desktop", "phone"], indirect=True)


def assert_accessible(page: Page) -> None:
    """Check the page against WCAG 2.2 AA, and on a desktop the contrast of its dark mode.

    In dark mode only the colours differ, and those are the same on a phone.
    """
    page.evaluate("scrollTo(0, 0)")  # what is scrolled under the header counts as too small
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    assert page.evaluate(FIND_VIOLATIONS, WCAG_RULES) == [], page.url
    if page.evaluate("innerWidth") >= DESKTOP["width"]:
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(FIND_VIOLATIONS, CONTRAST_RULE) == [], f"{page.url} in the dark"
        page.emulate_media(color_scheme="light")
    assert_no_wider(page)


def assert_no_wider(page: Page) -> None:
    """Check that nothing is wider than the screen."""
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow == 0, f"{page.url} is {overflow} px too wide"


def create_job(client: Client, **spec: Any) -> str:
    """Start a job of one net on the penguins; its id."""
    dataset = client.datasets.upload(EXAMPLES / "penguins.csv")
    return client.jobs.create(dataset_id=dataset.id, target="species", **{"preset": "fast", **spec}).id
