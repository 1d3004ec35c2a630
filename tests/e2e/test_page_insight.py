"""Views of a job in a real Chromium: net, decision boundary, diagnosis, evaluation, mistakes, one training step."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gradus import Client
from tests.e2e.installation import EXAMPLES, Installation
from tests.e2e.page_checks import assert_accessible, at_both_sizes, create_job

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector


@pytest.fixture(scope="module")
def spiral(client: Client) -> str:
    """The id of a job with two inputs."""
    dataset = client.datasets.upload(EXAMPLES / "spiral.csv")
    job = client.jobs.create(dataset_id=dataset.id, target="colour", epochs=30, early_stopping=None)
    return job.wait().id


@pytest.fixture(scope="module")
def houses(client: Client) -> str:
    """The id of a regression."""
    dataset = client.datasets.upload(EXAMPLES / "houses.csv")
    return client.jobs.create(dataset_id=dataset.id, target="price", epochs=20).wait().id


@at_both_sizes
def test_the_net_and_its_decision_boundary_are_shown_by_epoch(page: Page, server: Installation, spiral: str) -> None:
    page.goto(f"{server.url}/#/jobs/{spiral}")
    expect(page.get_by_role("img", name=re.compile("A net of 64 neurons with relu.*dead"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("for every x and y; amber on"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("output 1 linear"))).to_be_visible()
    assert_accessible(page)

    page.get_by_role("slider", name=re.compile("Epoch")).fill("0")

    expect(page.get_by_role("region", name="The net")).to_contain_text("before the first epoch")
    expect(page.get_by_role("region", name="Decision boundary")).to_contain_text("before the first epoch")
    expect(page).to_have_url(re.compile("epoch=0"))
    page.reload()
    expect(page.get_by_role("region", name="The net")).to_contain_text("before the first epoch")
    assert page.locator(".predictions .stack").evaluate("e => e.getBoundingClientRect().top < innerHeight")


def test_a_run_is_replayed_by_one_cursor(page: Page, server: Installation, spiral: str) -> None:
    page.goto(f"{server.url}/#/jobs/{spiral}")
    player = page.get_by_role("group", name="Replay of the training")
    views = [page.get_by_role("region", name=name) for name in ("Decision boundary", "The net")]
    last = int(player.get_by_role("slider", name="Epoch").get_attribute("max") or 0)
    player.get_by_role("combobox", name="Speed").select_option("4")
    player.get_by_role("button", name="Epoch before").press("ArrowLeft")
    expect(player).to_contain_text(f"epoch {last - 1} of {last}")
    for view in views:
        expect(view).to_contain_text(f"after epoch {last - 1}")
    expect(page.locator(".curves .moment")).to_be_visible()

    player.get_by_role("slider", name="Epoch").press("Home")
    player.get_by_role("slider", name="Epoch").press(" ")

    expect(player.get_by_role("button", name="Pause the replay")).to_be_visible()
    expect(player.get_by_role("button", name="Play the training")).to_be_visible()
    for view in views:
        expect(view).to_contain_text(f"after epoch {last}")
    page.get_by_role("img", name=re.compile("Marked: best epoch")).focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(player).to_contain_text(f"epoch 1 of {last}")


def test_a_neuron_is_asked_what_it_responds_to(page: Page, server: Installation, spiral: str) -> None:
    page.goto(f"{server.url}/#/jobs/{spiral}")
    net = page.get_by_role("img", name=re.compile("A net of"))
    expect(page.get_by_role("region", name="The net")).to_contain_text("after epoch")
    net.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)

    neuron = page.get_by_role("region", name=re.compile("neuron [0-9]+ of layer 1"))
    expect(neuron.get_by_role("table", name="Strongest outputs drawn").get_by_role("row")).to_have_count(4)
    expect(neuron.get_by_role("img", name=re.compile("Output for every x and y: from"))).to_be_visible()
    expect(neuron.get_by_role("list", name="The rows that excite it most").get_by_role("listitem")).to_have_count(4)
    expect(neuron).to_contain_text(
        re.compile("Strongest path: [xy] → neuron [0-9]+ of layer 1 → neuron [0-9]+ of layer 2")
    )
    assert_accessible(page)
    page.reload()
    expect(neuron).to_be_visible()

    neuron.get_by_role("link", name="Follow it through a training step").click()

    expect(page.get_by_role("img", name=re.compile("Chosen: neuron [0-9]+ of layer 1"))).to_be_visible()


def test_two_columns_of_many_are_chosen(page: Page, server: Installation, client: Client) -> None:
    job = create_job(client, model_name="planes", epochs=2)
    client.jobs.get(job).wait()
    page.goto(f"{server.url}/#/jobs/{job}")
    page.get_by_role("combobox", name="across").select_option("bill_length_mm")
    page.get_by_role("combobox", name="upwards").select_option("bill_depth_mm")

    expect(page.get_by_role("img", name=re.compile("for every bill_length_mm and bill_depth_mm; "))).to_be_visible()
    expect(page.get_by_text("All other columns are held at their mean")).to_be_visible()
    page.get_by_role("combobox", name="Show").select_option("examples")
    held_out = page.get_by_role("list", name=re.compile("^Held-out rows, [0-9]+ of 12 of them right"))
    expect(held_out.get_by_role("listitem")).to_have_count(12)
    assert_accessible(page)


def test_a_chart_is_saved_as_a_picture_and_as_a_table(page: Page, server: Installation, spiral: str) -> None:
    page.goto(f"{server.url}/#/jobs/{spiral}")
    curves = page.get_by_role("region", name="Loss (how wrong the predictions are)")
    for button, ending, start in (
        ("picture", "png", b"\x89PNG"),
        ("table", "csv", b"epoch,training loss,validation loss"),
    ):
        with page.expect_download() as started:
            curves.get_by_role("button", name=re.compile(f"Save as a {button}")).click()
        assert started.value.suggested_filename.endswith(f"-loss-cross-entropy-by-epoch.{ending}")
        assert Path(started.value.path()).read_bytes().startswith(start)


def test_a_regression_is_shown_as_predicted_against_actual(page: Page, server: Installation, houses: str) -> None:
    page.goto(f"{server.url}/#/jobs/{houses}")

    parts = re.compile(r"Predicted against actual for \d+ held-out rows: .*; \d+ training rows: mean absolute error")
    expect(page.get_by_role("img", name=parts)).to_be_visible()
    expect(page.get_by_role("region", name="Predicted against actual")).to_contain_text("held-out rows, which tell")


def test_a_diagnosis_is_trained_again_with_its_changes(page: Page, server: Installation, client: Client) -> None:
    slow = {"type": "sgd", "learning_rate": 1e-7}
    job = create_job(client, model_name="slow", epochs=15, early_stopping=None, optimizer=slow)
    client.jobs.get(job).wait()
    page.goto(f"{server.url}/#/jobs/{job}/understand")
    expect(page.get_by_role("heading", name="Diagnosis")).to_be_visible()
    assert_accessible(page)

    page.get_by_role("button", name="Train again with these changes").first.click()

    expect(page).not_to_have_url(re.compile(job))
    expect(page.get_by_role("heading", name="slow → species")).to_be_visible()
    expect(page.get_by_role("heading", name="The net")).to_be_visible()


@at_both_sizes
def test_a_classifier_is_evaluated_and_its_mistakes_listed(page: Page, server: Installation, client: Client) -> None:
    job = create_job(client, model_name="evaluated", epochs=4)
    client.jobs.get(job).wait()
    page.goto(f"{server.url}/#/jobs/{job}/understand")

    expect(page.get_by_role("region", name="Confusion matrix").get_by_role("row")).to_have_count(4)
    expect(page.get_by_role("img", name=re.compile("predicted, correct in"))).to_be_visible()
    rows = page.get_by_role("region", name="Mistakes, row by row").get_by_role("row")
    page.get_by_role("button", name="island").click()
    expect(page.get_by_role("region", name="How the prediction changes with island")).to_contain_text("Torgersen")
    assert_accessible(page)
    rows.nth(1).get_by_role("link", name="Training step").click()
    expect(page.get_by_role("heading", name="Encoding: the row as numbers")).to_be_visible()


def test_the_report_is_downloaded(page: Page, server: Installation, houses: str) -> None:
    page.goto(f"{server.url}/#/jobs/{houses}/understand")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the report").click()

    assert download.value.suggested_filename == "houses-report.html"
    assert "<svg" in download.value.path().read_text()


@at_both_sizes
def test_one_training_step_is_shown_number_by_number(page: Page, server: Installation, houses: str) -> None:
    page.goto(f"{server.url}/#/jobs/{houses}/tour")
    for heading in (
        "Encoding: the row as numbers",
        "Forward pass: from the row to a prediction",
        "Loss: how wrong is the prediction?",
        "Backpropagation: the gradient of each weight",
        "Weight update: a small step against the gradient",
    ):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        assert_accessible(page)
        if not heading.startswith("Weight update"):
            page.get_by_role("region", name=heading).get_by_role("button").last.click()

    expect(page.get_by_text("loss after this step")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Weight update: a small step against the gradient")).to_be_visible()
