"""The Understand view in a real Chromium: diagnosis, matrices of many classes, mistakes, curves, deleted models."""

import csv
import random
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from gradus import Client
from tests.e2e.installation import Installation
from tests.e2e.page_checks import ENDLESS_SPEC, PHONE, assert_accessible, create_job

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector

WIDE = {"width": 1440, "height": 900}


def train_classes(client: Client, folder: Path, classes: int, *, rows: int, spread: float = 1.0) -> str:
    """Train on classes around points of the plane, the further apart the smaller `spread`; the id of the job."""
    chance = random.Random(0)
    centres = [(chance.uniform(-5, 5), chance.uniform(-5, 5)) for _ in range(classes)]
    path = folder / f"{classes} classes.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["east", "north", "kind"])
        for row in range(rows):
            x, y = centres[row % classes]
            table.writerow(
                [round(chance.gauss(x, spread), 3), round(chance.gauss(y, spread), 3), f"kind {row % classes}"]
            )
    dataset = client.datasets.upload(path)
    return client.jobs.create(dataset_id=dataset.id, target="kind", epochs=6).wait().id


def fits(page: Page, selector: str) -> bool:
    return bool(page.eval_on_selector(selector, "e => e.scrollWidth <= e.clientWidth"))


def test_a_diagnosis_is_fetched_again_until_the_job_has_ended(page: Page, server: Installation, client: Client) -> None:
    slow = {"type": "sgd", "learning_rate": 1e-7}
    job = create_job(client, **{**ENDLESS_SPEC, "optimizer": slow})
    page.goto(f"{server.url}/#/jobs/{job}/understand")
    diagnosis = page.get_by_role("region", name="Diagnosis")
    expect(diagnosis).to_contain_text(re.compile("so far, after|before the first epoch|No better than guessing"))

    expect(diagnosis).to_contain_text("No better than guessing")
    client.jobs.get(job).finish()

    expect(page.get_by_role("heading", name="Results on held-out data")).to_be_visible()
    expect(diagnosis).to_contain_text("No better than guessing")
    expect(diagnosis).not_to_contain_text("so far")


@pytest.mark.parametrize("page", [WIDE], indirect=True)
def test_ten_classes_fit_on_a_desktop_and_scroll_on_a_phone(
    page: Page, server: Installation, client: Client, tmp_path: Path
) -> None:
    job = train_classes(client, tmp_path, 10, rows=400)
    page.goto(f"{server.url}/#/jobs/{job}/understand")
    expect(page.get_by_role("region", name="Confusion matrix", exact=True).get_by_role("row")).to_have_count(11)
    assert fits(page, ".scroll:has(.confusion)")
    expect(page.get_by_text("the 6 classes that are hardest to tell (lowest AUC) of 10")).to_be_visible()
    expect(page.get_by_text("chance, AUC 0.5")).to_be_visible()

    page.set_viewport_size(PHONE)

    assert not fits(page, ".scroll:has(.confusion)")
    assert fits(page, "html")
    assert_accessible(page)


def test_a_hundred_classes_stay_within_the_screen(
    page: Page, server: Installation, client: Client, tmp_path: Path
) -> None:
    job = train_classes(client, tmp_path, 100, rows=1200)
    page.goto(f"{server.url}/#/jobs/{job}/understand")
    matrix = page.get_by_role("region", name="Confusion matrix", exact=True)
    expect(matrix).to_contain_text("showing the 24 classes with the most mistakes of 100")

    for name in ("Confusion matrix", "Per-class results"):
        box = page.get_by_role("region", name=name, exact=True).bounding_box()
        assert box is not None
        assert box["height"] < 1200, name


def test_a_model_without_mistakes_lists_its_closest_calls(
    page: Page, server: Installation, client: Client, tmp_path: Path
) -> None:
    job = train_classes(client, tmp_path, 2, rows=400, spread=0.05)
    page.goto(f"{server.url}/#/jobs/{job}/understand")

    expect(page.get_by_text("No mistakes on 80 held-out rows. The closest calls:")).to_be_visible()
    curve = page.get_by_role("region", name="ROC curve of kind 1", exact=True)
    expect(curve).to_contain_text("kind 1, AUC 1")
    expect(curve).not_to_contain_text("kind 0")
    page.get_by_label("Probability of").select_option("kind 0")
    expect(page.get_by_label("Probability of")).to_have_value("kind 0")


def test_only_wrong_rows_are_listed_as_mistakes(
    page: Page, server: Installation, client: Client, tmp_path: Path
) -> None:
    job = train_classes(client, tmp_path, 3, rows=600, spread=4.0)
    page.goto(f"{server.url}/#/jobs/{job}/understand")
    expect(page.get_by_text(re.compile("[0-9]+ of 120 held-out rows were predicted wrongly"))).to_be_visible()

    rows = page.locator("table.mistakes tbody tr")
    expect(rows).to_have_count(10)
    for row in rows.all():
        actual, predicted = row.locator("td").nth(1).inner_text(), row.locator("td").nth(2).inner_text()
        assert actual != predicted


def test_a_deleted_model_predicts_no_more(page: Page, server: Installation, client: Client) -> None:
    job = create_job(client, model_name="short-lived", epochs=2)
    client.jobs.get(job).wait()
    page.goto(f"{server.url}/#/jobs/{job}/use")
    expect(page.locator("output")).to_be_visible()

    client.models.delete("short-lived")
    page.wait_for_timeout(1000)  # a model is served for half a second after it was looked up
    page.get_by_label("bill_length_mm", exact=True).fill("44.5")

    for view in ("use", "understand"):
        page.goto(f"{server.url}/#/jobs/{job}/{view}")
        expect(page.get_by_role("alert")).to_have_count(1)
        expect(page.get_by_role("alert")).to_contain_text("The model was deleted")
        expect(page.locator("output")).to_have_count(0)
        expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_layer_statistics_that_arrive_late_displace_no_newer_ones(
    page: Page, server: Installation, client: Client
) -> None:
    job = create_job(client, epochs=20, early_stopping=None)
    client.jobs.get(job).wait()
    late: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if late:
            route.continue_()
        else:
            late.append(route)

    page.route(re.compile("/layers"), hold_the_first)
    page.goto(f"{server.url}/#/jobs/{job}")
    layers = page.get_by_role("region", name="Inside the layers")
    expect(layers).to_contain_text("after epoch 20")

    answer = late[0].fetch()
    old = {**answer.json(), "data": answer.json()["data"][:1], "has_more": False}
    with page.expect_response(re.compile("/layers")):
        late[0].fulfill(json=old)
    page.wait_for_function(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
    )

    expect(layers).to_contain_text("after epoch 20")
    expect(page.get_by_text("epoch 20", exact=True).first).to_be_visible()
