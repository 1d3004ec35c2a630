"""The page of a model in use: intervals and sets, measured coverage, accuracy and drift, and its export."""

import random
from pathlib import Path

from playwright.sync_api import Page, expect

from gradus import Client
from tests.e2e.installation import Installation
from tests.e2e.page_checks import create_job

ROWS = 400
LEVELS = ("north", "south", "west")


def make_rows() -> list[dict[str, float | str]]:
    """A price that follows from size and place, with errors."""
    draw = random.Random(3)
    rows: list[dict[str, float | str]] = []
    for _ in range(ROWS):
        size, place = draw.uniform(50, 200), draw.randrange(3)
        rows.append({"size": size, "place": LEVELS[place], "price": 3 * size + 40 * place + draw.gauss(0, 20)})
    return rows


def test_intervals_coverage_accuracy_and_drift_are_shown(server: Installation, client: Client, page: Page) -> None:
    dataset = client.datasets.upload(make_rows(), name="flats")
    job = client.jobs.create(dataset_id=dataset.id, target="price", model_name="flats", epochs=20, split={"test": 0.2})
    job = client.jobs.get(job.id).wait()
    model = client.models.get("flats")

    page.goto(f"{server.url}/#/models/flats")
    shown = page.locator(".range")
    expect(shown.locator(".bounds")).to_contain_text(" to ")
    expect(shown).to_contain_text("90% of rows like the 80 rows")
    expect(page.locator("#monitoring").locator("..")).to_contain_text("No prediction is recorded yet")
    shown.get_by_label("Coverage:").select_option("0.5")
    expect(shown).to_contain_text("50% of rows")
    shown.get_by_label("Coverage:").select_option("none")
    expect(shown.locator(".bounds")).to_have_count(0)

    draw = random.Random(4)
    usual = [{"size": draw.uniform(50, 200), "place": draw.choice(LEVELS)} for _ in range(300)]
    answer = model.predict(usual, record=True)
    model.feedback({one: each.value for one, each in zip(answer.ids, answer.predictions, strict=True)})  # type: ignore[union-attr]
    model.predict([{"size": 190.0, "place": "north"}] * 300, record=True)

    page.reload()
    region = page.locator("section", has=page.locator("#monitoring"))
    expect(region).to_contain_text("600 recorded predictions, 300 of which")
    expect(region.locator(".chart, canvas").first).to_be_visible()
    expect(region.get_by_role("status")).to_contain_text("have drifted")
    expect(region.locator("tbody tr").first).to_contain_text("yes")
    expect(region.locator("#distributions")).to_be_visible()
    region.get_by_role("button", name="place").click()
    expect(region.locator("#distributions")).to_have_text("place")
    expect(region.locator(".distributions li").first).to_contain_text("→")

    page.goto(f"{server.url}/#/jobs/{job.id}/understand?split=test")
    card = page.locator("section.card", has=page.locator("#coverage"))
    expect(card.locator("tbody tr")).to_have_count(4)
    expect(card).to_contain_text("90%")


def test_a_model_is_saved_as_a_file(server: Installation, client: Client, page: Page) -> None:
    client.jobs.get(create_job(client, epochs=1, model_name="leaving")).wait()
    page.goto(f"{server.url}/#/models/leaving")
    card = page.get_by_role("region", name="Export")
    with page.expect_download() as saved:
        card.get_by_role("button", name="Save the model").click()

    assert saved.value.suggested_filename.endswith(".py")
    assert "def predict" in Path(saved.value.path()).read_text()
