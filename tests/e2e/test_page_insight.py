"""What the page shows of a net in a real Chromium: the drawing, what went wrong, where it errs, one step of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from gradus import Client
from tests.e2e.installation import EXAMPLES, Installation
from tests.e2e.looking import accessible, at_any_size, trained

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector


@pytest.fixture(scope="module")
def spiral(api: Client) -> str:
    """The id of a job on two inputs."""
    dataset = api.datasets.upload(EXAMPLES / "spiral.csv")
    job = api.jobs.create(dataset_id=dataset.id, target="colour", epochs=30, early_stopping=None)
    return job.wait().id


@pytest.fixture(scope="module")
def houses(api: Client) -> str:
    """The id of a job that learns a number."""
    dataset = api.datasets.upload(EXAMPLES / "houses.csv")
    return api.jobs.create(dataset_id=dataset.id, target="price", epochs=20).wait().id


@at_any_size
def test_the_net_is_drawn_and_led_back_through_its_epochs(page: Page, gradus: Installation, spiral: str) -> None:
    page.goto(f"{gradus.url}/#/jobs/{spiral}")
    expect(page.get_by_role("img", name=re.compile("A net of 64 neurons with relu.*dead"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("for every x and y; amber on"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("output 1 linear"))).to_be_visible()
    accessible(page)

    page.get_by_role("slider", name=re.compile("Epoch")).fill("0")

    expect(page.get_by_role("region", name="The net")).to_contain_text("after epoch 0")
    expect(page.get_by_role("region", name="Decision boundary")).to_contain_text("after epoch 0")
    page.reload()
    expect(page.get_by_role("region", name="The net")).to_contain_text("after epoch 0")


def test_numbers_are_shown_against_what_is_true(page: Page, gradus: Installation, houses: str) -> None:
    page.goto(f"{gradus.url}/#/jobs/{houses}")

    expect(page.get_by_role("img", name=re.compile(r"Predicted against actual for \d+ rows"))).to_be_visible()


def test_what_was_noticed_is_mended_at_a_press(page: Page, gradus: Installation, api: Client) -> None:
    crawling = {"type": "sgd", "learning_rate": 1e-7}
    job = trained(api, model_name="crawls", epochs=15, early_stopping=None, optimizer=crawling)
    api.jobs.get(job).wait()
    page.goto(f"{gradus.url}/#/jobs/{job}/understand")
    expect(page.get_by_role("heading", name="Diagnosis")).to_be_visible()
    accessible(page)

    page.get_by_role("button", name="Train again with these changes").first.click()

    expect(page).not_to_have_url(re.compile(job))
    expect(page.get_by_role("heading", name="crawls → species")).to_be_visible()
    expect(page.get_by_role("heading", name="The net")).to_be_visible()


@at_any_size
def test_it_is_told_where_a_model_errs(page: Page, gradus: Installation, api: Client) -> None:
    job = trained(api, model_name="errs", epochs=4)
    api.jobs.get(job).wait()
    page.goto(f"{gradus.url}/#/jobs/{job}/understand")

    expect(page.get_by_role("region", name="Confusion matrix").get_by_role("row")).to_have_count(4)
    expect(page.get_by_role("img", name=re.compile("predicted, correct in"))).to_be_visible()
    mistakes = page.get_by_role("region", name="Mistakes").get_by_role("row")
    expect(mistakes).to_have_count(11)
    page.get_by_role("button", name="island").click()
    expect(page.get_by_role("region", name="How the prediction changes with island")).to_contain_text("Torgersen")
    accessible(page)
    mistakes.nth(1).get_by_role("link", name="Training step").click()
    expect(page.get_by_role("heading", name="Encoding: the row as numbers")).to_be_visible()


def test_the_report_is_saved(page: Page, gradus: Installation, houses: str) -> None:
    page.goto(f"{gradus.url}/#/jobs/{houses}/understand")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the report").click()

    assert saved.value.suggested_filename == "houses-report.html"
    assert "<svg" in saved.value.path().read_text()


@at_any_size
def test_one_step_is_walked_through_number_by_number(page: Page, gradus: Installation, houses: str) -> None:
    page.goto(f"{gradus.url}/#/jobs/{houses}/tour")
    for heading in (
        "Encoding: the row as numbers",
        "Forward pass: from the row to a prediction",
        "Loss: how wrong is the prediction?",
        "Backpropagation: each weight's share of the error",
        "Weight update: a small step against the gradient",
    ):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        accessible(page)
        if not heading.startswith("Weight update"):
            page.get_by_role("region", name=heading).get_by_role("button").last.click()

    expect(page.get_by_text("loss after this step")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Weight update: a small step against the gradient")).to_be_visible()
