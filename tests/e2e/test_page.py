"""The page in a real Chromium: upload, training, watching, predicting, signing in and reconnecting.

At the size of a desktop and of a phone, with keys and without.
"""

import json
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from gradus import Client
from tests.e2e.installation import EXAMPLES, Installation
from tests.e2e.page_checks import ENDLESS_SPEC, assert_accessible, at_both_sizes, create_job

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector


@at_both_sizes
def test_an_uploaded_table_is_trained_on_and_watched_to_the_end(page: Page, server: Installation) -> None:
    page.goto(server.url)
    assert_accessible(page)
    page.get_by_label("Drop a CSV here").set_input_files(EXAMPLES / "houses.csv")
    expect(page.get_by_role("heading", name="houses.csv")).to_be_visible()
    expect(page.get_by_role("radio", name="price")).to_be_checked()
    page.get_by_text("3 problems found").click()
    expect(page.get_by_role("region", name="Problems in the file")).to_contain_text("sqft")
    page.get_by_role("button", name="Advanced settings").click()
    page.get_by_label("Epochs", exact=True).fill("12")
    assert_accessible(page)

    page.get_by_role("button", name="Train", exact=True).click()

    expect(page.get_by_text("succeeded", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(r"^(\d+0) of \1$"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("After epoch 1 the training loss was"))).to_be_visible()
    assert_accessible(page)
    before = page.url
    page.get_by_label("log scale").check()
    page.reload()
    expect(page.get_by_label("log scale")).to_be_checked()
    expect(page.get_by_text(re.compile(r"^(\d+0) of \1$"))).to_be_visible()
    assert page.url.startswith(before)


def test_settings_are_validated_while_typing(page: Page, server: Installation) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="Penguins").click()
    page.get_by_role("button", name="Advanced settings").click()
    page.get_by_label("Learning rate").fill("-1")

    expect(page.get_by_text("must be greater than 0").first).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    page.reload()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()


def test_an_unreadable_file_is_refused_with_its_reason(page: Page, server: Installation, tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and then nothing that could be read")
    page.goto(server.url)

    page.get_by_label("Drop a CSV here").set_input_files(broken)

    expect(page.get_by_role("alert")).to_contain_text("Parquet")
    expect(page.get_by_label("Drop a CSV here")).to_be_enabled()


def test_a_failed_job_shows_why(page: Page, server: Installation, client: Client) -> None:
    dataset = client.datasets.upload(EXAMPLES / "houses.csv")
    diverging = {"type": "sgd", "learning_rate": 100.0}
    linear = {"type": "dense", "units": 8, "activation": "linear"}
    job = client.jobs.create(dataset_id=dataset.id, target="price", optimizer=diverging, layers=[linear])
    page.goto(f"{server.url}/#/jobs/{job.id}")

    expect(page.get_by_text("failed", exact=True).first).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("learning rate")
    assert_accessible(page)


def answer_late(route: Route) -> None:
    """Answer after the job's events have told more than the answer does."""
    answer = route.fetch()
    time.sleep(2)
    route.fulfill(response=answer)


def test_a_running_job_is_paused_resumed_and_cancelled(page: Page, server: Installation, client: Client) -> None:
    job = create_job(client, model_name="endless", **ENDLESS_SPEC)
    page.goto(f"{server.url}/#/jobs/{job}")

    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("paused", exact=True)).to_be_visible()
    page.route("**/resume", answer_late)
    with page.expect_response("**/resume"):
        page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_enabled()
    expect(page.get_by_text("running", exact=True)).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Really cancel?").click()
    expect(page.get_by_text("cancelled", exact=True).first).to_be_visible()


@at_both_sizes
def test_a_model_predicts_while_typing(page: Page, server: Installation, client: Client) -> None:
    job = create_job(client, model_name="typing", epochs=5)
    client.jobs.get(job).wait()
    page.goto(f"{server.url}/#/models/typing")
    with page.expect_response("**/predict") as response:
        page.get_by_label("bill_length_mm", exact=True).fill("50.5")

    label = response.value.json()["predictions"][0]["label"]
    expect(page.locator("output")).to_have_text(label)
    expect(page.get_by_role("region", name="Why this prediction?")).to_contain_text("bill_length_mm 50.5")
    expect(page.locator(".contributions header bdi")).to_have_text(label)
    assert_accessible(page)
    page.get_by_role("button", name="Python").click()
    expect(page.get_by_role("region", name="The request in Python")).to_contain_text('"bill_length_mm": 50.5')
    page.reload()
    expect(page.get_by_label("bill_length_mm", exact=True)).to_have_value("50.5")


def test_jobs_are_compared(page: Page, server: Installation, client: Client) -> None:
    for rate in (0.01, 0.001):
        create_job(client, model_name="compared", epochs=2, optimizer={"type": "adam", "learning_rate": rate})
    page.goto(f"{server.url}/#/jobs")
    boxes = page.get_by_role("checkbox", name=re.compile("Select compared"))
    for box in (boxes.nth(0), boxes.nth(1)):
        box.check()

    page.get_by_role("link", name="Compare 2 runs").click()

    expect(page.get_by_role("row", name="optimizer learning rate 0.001 0.01")).to_be_visible()
    assert_accessible(page)


@at_both_sizes
def test_jobs_models_and_datasets_are_listed(page: Page, server: Installation, client: Client) -> None:
    client.jobs.get(create_job(client, model_name="listed", epochs=2)).wait()
    for section, name in (("jobs", "listed"), ("models", "listed"), ("datasets", "penguins.csv")):
        page.goto(f"{server.url}/#/{section}")
        expect(page.locator("table.list tbody tr").filter(has_text=name).first).to_be_visible()
        assert_accessible(page)


def test_the_page_works_by_keyboard(page: Page, server: Installation) -> None:
    page.goto(server.url)
    expect(page.get_by_role("button", name="Penguins")).to_be_enabled()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("button", name="Penguins").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="penguins.csv")).to_be_visible()
    expect(page.locator("main")).to_be_focused()


def sign_in(page: Page, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in").click()


def test_a_key_signs_in_for_one_tab_only(page: Page, server_with_keys: tuple[Installation, dict[str, str]]) -> None:
    server, key = server_with_keys[0], server_with_keys[1]["admin"]
    with Client(server.url, api_key=key) as client:
        job = create_job(client, epochs=3)
    page.goto(f"{server.url}/#/jobs/{job}")
    expect(page.get_by_role("heading", name="Sign in with your API key")).to_be_visible()
    assert_accessible(page)
    sign_in(page, "gr_wrong")
    expect(page.get_by_role("alert")).to_contain_text("no such key")
    sign_in(page, key)
    expect(page.get_by_text("succeeded", exact=True)).to_be_visible()
    expect(page.get_by_text("3 of 3")).to_be_visible()
    page.reload()
    expect(page.get_by_text("3 of 3")).to_be_visible()
    assert key not in json.dumps(page.context.storage_state())
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in with your API key")).to_be_visible()


def test_the_page_reconnects_to_a_restarted_server(
    page: Page, server_with_keys: tuple[Installation, dict[str, str]]
) -> None:
    server, key = server_with_keys[0], server_with_keys[1]["admin"]
    with Client(server.url, api_key=key) as client:
        job = create_job(client, **ENDLESS_SPEC)
    page.goto(f"{server.url}/#/jobs/{job}")
    sign_in(page, key)
    expect(page.get_by_text("running", exact=True)).to_be_visible()

    server.close()
    expect(page.get_by_text("Can't reach the server. Retrying")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    server.start()

    expect(page.get_by_text("Can't reach the server. Retrying")).to_be_hidden()
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("succeeded", exact=True)).to_be_visible()
