"""The page in a real Chromium, as people use it: from a dropped table to a model that answers.

At the size of a desk and of a phone, with keys and without, and when something goes wrong.
"""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gradus import Client
from tests.e2e.installation import EXAMPLES, Installation
from tests.e2e.looking import ENDLESS, accessible, at_any_size, trained

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector


@at_any_size
def test_a_table_is_dropped_trained_on_and_watched_to_the_end(page: Page, gradus: Installation) -> None:
    page.goto(gradus.url)
    accessible(page)
    page.get_by_label("Drop a CSV here").set_input_files(EXAMPLES / "houses.csv")
    expect(page.get_by_role("heading", name="houses.csv")).to_be_visible()
    expect(page.get_by_role("radio", name="price")).to_be_checked()
    page.get_by_text("2 problems found").click()
    expect(page.get_by_role("region", name="Problems in the file")).to_contain_text("sqft")
    page.get_by_role("button", name="Advanced settings").click()
    page.get_by_label("Epochs", exact=True).fill("12")
    accessible(page)

    page.get_by_role("button", name="Train", exact=True).click()

    expect(page.get_by_text("succeeded")).to_be_visible()
    expect(page.get_by_text("12 of 12")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("After epoch 1 the training loss was"))).to_be_visible()
    accessible(page)
    before = page.url
    page.get_by_label("log scale").check()
    page.reload()
    expect(page.get_by_label("log scale")).to_be_checked()
    expect(page.get_by_text("12 of 12")).to_be_visible()
    assert page.url.startswith(before)


def test_settings_are_checked_while_they_are_made(page: Page, gradus: Installation) -> None:
    page.goto(gradus.url)
    page.get_by_role("button", name="Penguins").click()
    page.get_by_role("button", name="Advanced settings").click()
    page.get_by_label("Learning rate").fill("-1")

    expect(page.get_by_text("must be greater than 0").first).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    page.reload()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()


def test_a_broken_file_is_refused_in_words(page: Page, gradus: Installation, tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and then nothing that could be read")
    page.goto(gradus.url)

    page.get_by_label("Drop a CSV here").set_input_files(broken)

    expect(page.get_by_role("alert")).to_contain_text("Parquet")
    expect(page.get_by_label("Drop a CSV here")).to_be_enabled()


def test_a_job_that_fails_says_why(page: Page, gradus: Installation, api: Client) -> None:
    dataset = api.datasets.upload(EXAMPLES / "houses.csv")
    leaping = {"type": "sgd", "learning_rate": 100.0}
    linear = {"type": "dense", "units": 8, "activation": "linear"}
    job = api.jobs.create(dataset_id=dataset.id, target="price", optimizer=leaping, layers=[linear])
    page.goto(f"{gradus.url}/#/jobs/{job.id}")

    expect(page.get_by_text("failed", exact=True).first).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("learning rate")
    accessible(page)


def test_a_running_job_is_paused_resumed_and_cancelled(page: Page, gradus: Installation, api: Client) -> None:
    job = trained(api, model_name="endless", **ENDLESS)
    page.goto(f"{gradus.url}/#/jobs/{job}")

    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("paused", exact=True)).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("running", exact=True)).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Really cancel?").click()
    expect(page.get_by_text("cancelled", exact=True).first).to_be_visible()


@at_any_size
def test_a_model_is_asked_while_one_types(page: Page, gradus: Installation, api: Client) -> None:
    job = trained(api, model_name="asked", epochs=5)
    api.jobs.get(job).wait()
    page.goto(f"{gradus.url}/#/models/asked")
    with page.expect_response("**/predict") as answer:
        page.get_by_label("bill_length_mm", exact=True).fill("50.5")

    said = answer.value.json()["predictions"][0]["label"]
    expect(page.locator("output")).to_have_text(said)
    expect(page.get_by_role("region", name="Why this prediction?")).to_contain_text("bill_length_mm 50.5")
    accessible(page)
    page.get_by_role("button", name="Python").click()
    expect(page.get_by_role("region", name="The request in Python")).to_contain_text('"bill_length_mm": 50.5')
    page.reload()
    expect(page.get_by_label("bill_length_mm", exact=True)).to_have_value("50.5")


def test_jobs_are_laid_side_by_side(page: Page, gradus: Installation, api: Client) -> None:
    for rate in (0.01, 0.001):
        trained(api, model_name="compared", epochs=2, optimizer={"type": "adam", "learning_rate": rate})
    page.goto(f"{gradus.url}/#/jobs")
    boxes = page.get_by_role("checkbox", name=re.compile("Compare compared"))
    for box in (boxes.nth(0), boxes.nth(1)):
        box.check()

    page.get_by_role("link", name="Compare 2 jobs").click()

    expect(page.get_by_role("row", name="optimizer learning_rate 0.001 0.01")).to_be_visible()
    accessible(page)


@at_any_size
def test_everything_is_listed(page: Page, gradus: Installation, api: Client) -> None:
    api.jobs.get(trained(api, model_name="listed", epochs=2)).wait()
    for place, shown in (("jobs", "listed"), ("models", "listed"), ("datasets", "penguins.csv")):
        page.goto(f"{gradus.url}/#/{place}")
        expect(page.get_by_role("listitem").filter(has_text=shown).first).to_be_visible()
        accessible(page)


def test_the_keyboard_alone_is_enough(page: Page, gradus: Installation) -> None:
    page.goto(gradus.url)
    expect(page.get_by_role("button", name="Penguins")).to_be_enabled()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("button", name="Penguins").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="penguins.csv")).to_be_visible()
    expect(page.locator("main")).to_be_focused()


def test_with_keys_one_signs_in_and_watches(page: Page, tmp_path: Path) -> None:
    installation = Installation(tmp_path / "data")
    try:
        with Client(installation.url) as first:
            key = first.keys.create("me", scopes=["admin"]).key
        with Client(installation.url, api_key=key) as client:
            job = trained(client, model_name="mine", epochs=3)
        page.goto(f"{installation.url}/#/jobs/{job}")
        expect(page.get_by_role("heading", name="Sign in with your API key")).to_be_visible()
        accessible(page)
        page.get_by_label("API key").fill("gr_wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("no such key")
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("succeeded")).to_be_visible()
        expect(page.get_by_text("3 of 3")).to_be_visible()
        page.reload()
        expect(page.get_by_text("3 of 3")).to_be_visible()
        assert key not in json.dumps(page.context.storage_state())
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in with your API key")).to_be_visible()
    finally:
        installation.close()


def test_a_server_that_restarts_is_waited_for_and_the_story_goes_on(page: Page, tmp_path: Path) -> None:
    first = Installation(tmp_path / "data")
    try:
        with Client(first.url) as client:
            job = trained(client, model_name="long", **ENDLESS)
        page.goto(f"{first.url}/#/jobs/{job}")
        expect(page.get_by_text("running", exact=True)).to_be_visible()
    finally:
        first.close()
    expect(page.get_by_text("Can't reach the server.")).to_be_visible()

    second = Installation(tmp_path / "data", "--port", first.url.rpartition(":")[2])
    try:
        expect(page.get_by_text("Can't reach the server.")).to_be_hidden()
        page.get_by_role("button", name="Finish").click()
        expect(page.get_by_text("succeeded")).to_be_visible()
    finally:
        second.close()
