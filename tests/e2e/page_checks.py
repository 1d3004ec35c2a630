"""What tests of the page do again and again: look at any size, check that all can use it, have something trained."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from gradus import Client
from tests.e2e.installation import EXAMPLES

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PATIENCE_MS = 60_000
ENDLESS = {"epochs": 1_000_000, "early_stopping": None, "layers": [{"type": "dense", "units": 8, "activation": "relu"}]}

at_any_size = pytest.mark.parametrize("page", [DESKTOP, PHONE], ids=["desktop", "phone"], indirect=True)


def accessible(page: Page) -> None:
    """Check what is shown against WCAG 2.2 AA, in light and dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
        told = [(fault["id"], [node["html"][:160] for node in fault["nodes"]]) for fault in found["violations"]]
        assert told == [], f"{page.url} in {scheme}"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, f"{page.url} is {wide} px too wide"


def trained(api: Client, **spec: Any) -> str:
    """The id of a job on the penguins."""
    dataset = api.datasets.upload(EXAMPLES / "penguins.csv")
    return api.jobs.create(dataset_id=dataset.id, target="species", **spec).id
