"""The views of a job in a real Chromium with many columns, long names, narrow screens, print and forced colours."""

import csv
import random
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gradus import Client
from tests.e2e.installation import EXAMPLES, Installation
from tests.e2e.page_checks import ENDLESS_SPEC, assert_accessible, assert_no_wider, create_job

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector

VIEWS = ("", "/understand", "/use", "/tour?step=1", "/tour?step=2", "/tour?step=5")
NARROW = {"width": 320, "height": 700}
COLUMNS = 700


def write_table(path: Path, names: list[str], rows: int) -> Path:
    """A table of random numbers, whose last column is the sum of the first two."""
    chance = random.Random(0)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(names)
        for _ in range(rows):
            cells = [round(chance.gauss(0, 1), 4) for _ in names[1:]]
            table.writerow([*cells, round(cells[0] + cells[1], 4)])
    return path


@pytest.fixture(scope="module")
def houses(client: Client) -> str:
    """The id of a regression."""
    dataset = client.datasets.upload(EXAMPLES / "houses.csv")
    return client.jobs.create(dataset_id=dataset.id, target="price", epochs=12, early_stopping=None).wait().id


@pytest.fixture(scope="module")
def wide(client: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a regression on 700 columns."""
    names = [*(f"column {number}" for number in range(COLUMNS)), "sum"]
    dataset = client.datasets.upload(write_table(tmp_path_factory.mktemp("wide") / "wide.csv", names, 300))
    return client.jobs.create(dataset_id=dataset.id, target="sum", epochs=3).wait().id


@pytest.fixture(scope="module")
def long_names(client: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a job on columns with long names that begin alike."""
    names = [*(f"{'the_measured_length_of_' * 8}{end}" for end in ("left", "right", "top")), "x" * 200]
    dataset = client.datasets.upload(write_table(tmp_path_factory.mktemp("long") / f"{'long_' * 30}.csv", names, 120))
    return client.jobs.create(dataset_id=dataset.id, target=names[-1], epochs=3).wait().id


def test_a_net_is_drawn_with_its_inputs_before_it_trains(page: Page, server: Installation, client: Client) -> None:
    running = [create_job(client, model_name=f"busy-{number}", **ENDLESS_SPEC) for number in range(3)]
    page.goto(f"{server.url}/#/jobs/{running[-1]}")

    expect(page.get_by_role("img", name=re.compile("output layer of 3, with 15 inputs drawn"))).to_be_visible()


def test_a_neuron_is_named_in_full(page: Page, server: Installation, long_names: str) -> None:
    page.goto(f"{server.url}/#/jobs/{long_names}")
    net = page.get_by_role("img", name=re.compile("A net of"))
    expect(page.get_by_role("region", name="The net")).to_contain_text("after epoch 3")
    net.focus()
    for end in ("left", "right", "top"):
        page.keyboard.press("ArrowDown")
        expect(page.locator(".node-card")).to_contain_text(f"the_measured_length_of_{end}")
        expect(page.locator(".node-card")).to_contain_text("strongest connection to neuron")


def test_the_end_of_a_training_is_announced(page: Page, server: Installation, client: Client) -> None:
    job = create_job(client, **ENDLESS_SPEC)
    page.goto(f"{server.url}/#/jobs/{job}")
    expect(page.get_by_text("running", exact=True)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="The training has ended")).to_have_count(0)

    page.get_by_role("button", name="Finish").click()

    expect(page.get_by_role("status").filter(has_text="The training has ended: succeeded")).to_have_count(1)


def test_a_zoomed_chart_offers_to_be_reset(page: Page, server: Installation, houses: str) -> None:
    page.goto(f"{server.url}/#/jobs/{houses}")
    curves = page.get_by_role("region", name="Loss (how wrong the predictions are)")
    expect(curves).to_contain_text("drag to zoom")
    expect(curves).to_contain_text(re.compile(r"epoch 12 ?training [\d.]+ ?validation [\d.]+"))
    curves.locator(".u-over").scroll_into_view_if_needed()
    box = curves.locator(".u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 90, steps=5)
    page.mouse.up()

    curves.get_by_role("button", name="Reset zoom").click()

    expect(curves.get_by_role("button", name="Reset zoom")).to_be_hidden()
    page.get_by_role("img", name=re.compile("After epoch 1 the training loss was")).focus()
    page.keyboard.press("Home")
    expect(curves).to_contain_text("epoch 1")


@pytest.mark.parametrize("page", [{"width": 1440, "height": 900}, NARROW], ids=["desktop", "narrow"], indirect=True)
def test_long_names_widen_no_view(page: Page, server: Installation, long_names: str) -> None:
    for view in VIEWS:
        page.goto(f"{server.url}/#/jobs/{long_names}{view}")
        expect(page.locator("main .card").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert_no_wider(page)


@pytest.mark.parametrize("page", [NARROW], indirect=True)
def test_views_reflow_to_320_pixels(page: Page, server: Installation, houses: str) -> None:
    for view in VIEWS:
        page.goto(f"{server.url}/#/jobs/{houses}{view}")
        expect(page.locator("main .card").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert_no_wider(page)
    assert_accessible(page)


def test_a_form_of_many_columns_is_bounded_and_searched(page: Page, server: Installation, wide: str) -> None:
    page.goto(f"{server.url}/#/jobs/{wide}/use")
    expect(page.get_by_text(f"the most important 24 of {COLUMNS} columns")).to_be_visible()
    expect(page.locator(".field")).to_have_count(24)
    page.get_by_role("button", name="Show 24 more").click()
    expect(page.locator(".field")).to_have_count(48)
    page.mouse.wheel(0, 700)
    expect(page.locator("output")).to_be_in_viewport()

    page.get_by_role("searchbox", name="Search columns").fill("column 69")
    expect(page.locator(".field")).to_have_count(11)  # 69, and 690 to 699
    page.get_by_label("column 699", exact=True).fill("2.5")

    expect(page).to_have_url(re.compile("row="))
    assert len(page.url) < 300
    page.reload()
    expect(page.get_by_label("column 699", exact=True)).to_have_value("2.5")


def test_many_columns_bound_the_training_step_and_the_scatter(page: Page, server: Installation, wide: str) -> None:
    page.goto(f"{server.url}/#/jobs/{wide}")
    expect(page.get_by_role("img", name=re.compile("Predicted against actual for"))).to_be_visible()
    page.goto(f"{server.url}/#/jobs/{wide}/understand")
    links = page.get_by_role("link", name="Training step")
    expect(links.first).to_be_visible()
    assert all(len(link.get_attribute("href") or "") < 200 for link in links.all())

    links.first.click()

    expect(page.get_by_role("heading", name="Encoding: the row as numbers")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollHeight") < 4_000


def test_the_weight_update_shows_its_change(page: Page, server: Installation, houses: str) -> None:
    page.goto(f"{server.url}/#/jobs/{houses}/tour?step=5&epoch=newest")
    rows = page.get_by_role("region", name="Weights before and after").get_by_role("row")
    expect(rows).to_have_count(6)
    changed = [[cell.inner_text() for cell in row.get_by_role("cell").all()] for row in rows.all()[1:]]
    moved = [(before, after) for before, gradient, _, after in changed if gradient != "0"]
    assert moved
    assert all(before != after for before, after in moved)
    expect(page.get_by_role("link", name="Watch the whole training")).to_be_visible()


def test_the_neuron_of_a_step_is_chosen_by_a_click(page: Page, server: Installation, houses: str) -> None:
    page.goto(f"{server.url}/#/jobs/{houses}/tour?step=2")
    net = page.get_by_role("img", name=re.compile("Chosen: neuron [0-9]+ of layer 1"))
    net.focus()
    for _ in range(60):
        page.keyboard.press("ArrowDown")
        if page.locator(".node-card strong").inner_text().endswith("of layer 2"):
            break
    page.keyboard.press("Enter")

    expect(page.get_by_role("img", name=re.compile("Chosen: neuron [0-9]+ of layer 2"))).to_be_visible()
    expect(page).to_have_url(re.compile("layer=2"))


def test_print_keeps_what_is_to_be_read(page: Page, server: Installation, houses: str) -> None:
    page.goto(f"{server.url}/#/jobs/{houses}/understand")
    expect(page.get_by_role("heading", name="Feature importance")).to_be_visible()
    page.emulate_media(media="print", color_scheme="dark")

    for hidden in (
        page.locator(".skip"),
        page.locator("header.top"),
        page.get_by_role("button", name="Save the report"),
    ):
        expect(hidden).to_be_hidden()
    expect(page.get_by_role("button", name="sqft")).to_be_visible()
    bar = page.locator(".track .bar").first
    assert bar.evaluate("e => getComputedStyle(e).printColorAdjust") == "exact"
    assert bar.evaluate("e => e.getBoundingClientRect().width") > 20
    dark = page.locator("body").evaluate("e => getComputedStyle(e).color")
    assert dark == "rgb(28, 27, 24)"  # on white, whatever the theme
    assert_no_wider(page)


def test_forced_colours_keep_bars_and_the_current_view(page: Page, server: Installation, houses: str) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"{server.url}/#/jobs/{houses}/understand")
    bar = page.locator(".track .bar").first
    expect(bar).to_be_visible()
    background = "e => getComputedStyle(e).backgroundColor"
    assert bar.evaluate(background) != page.locator("body").evaluate(background)
    current = page.locator(".tabs [aria-current]").evaluate("e => getComputedStyle(e).borderBottomWidth")
    assert current == "3px"

    page.goto(f"{server.url}/#/jobs/{houses}")
    value = page.locator("progress").evaluate("e => getComputedStyle(e).forcedColorAdjust")
    assert value == "none"
    keys = [
        page.locator(f".net .key.{name}").evaluate("e => getComputedStyle(e, '::before').borderTopStyle")
        for name in ("blue", "amber")
    ]
    assert keys == ["none", "dashed"]


def test_runs_of_different_losses_share_no_chart(page: Page, server: Installation, client: Client, houses: str) -> None:
    penguins = [create_job(client, model_name="twin", epochs=epochs, early_stopping=None) for epochs in (3, 6)]
    for job in penguins:
        client.jobs.get(job).wait()
    page.goto(f"{server.url}/#/compare?jobs={houses},job_01m8kjqxjke00azvekrj560zd1")
    expect(page.get_by_role("alert")).to_be_visible()

    page.goto(f"{server.url}/#/compare?jobs={','.join([houses, *penguins])}")

    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("heading", name=re.compile("^Validation loss"))).to_have_count(2)
    chart = page.get_by_role("region", name=re.compile("Validation loss: cross-entropy"))
    entries = chart.locator(".chart-legend .entry").all_inner_texts()
    assert len({text for text in entries if "twin" in text}) == 2
    assert not any("\N{EN DASH}" in text for text in entries)
    expect(page.get_by_role("row", name=re.compile("^id ")).get_by_text(penguins[0])).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("validation loss, last epoch"))).to_be_visible()
