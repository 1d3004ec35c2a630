"""The page before a training, in a real Chromium: uploads, columns and their types, settings, and the lists."""

import csv
import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from contract.responses import DatasetResponse
from gradus import Client
from learning.data.split_spec import SplitSpec
from tests.e2e.installation import EXAMPLES, Installation
from tests.e2e.page_checks import assert_accessible, at_both_sizes, create_job

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector


def write_table(folder: Path, name: str, header: str, rows: list[str]) -> Path:
    path = folder / name
    path.write_text("\n".join([*([header] if header else []), *rows, ""]), encoding="utf-8")
    return path


def passengers(folder: Path, name: str = "passengers.csv") -> Path:
    """A table whose target is 0 or 1."""
    rows = [f"{20 + n % 40},{1 + n % 3},0{n % 7}{n % 10}1,{int(n % 3 == 0)}" for n in range(120)]
    return write_table(folder, name, "age,class,zip,Survived", rows)


def upload(page: Page, server: Installation, path: Path) -> None:
    page.goto(server.url)
    page.get_by_label("Drop a CSV here").set_input_files(path)
    expect(page.get_by_role("heading", name=path.name)).to_be_visible()


def read_again(page: Page, button: str = "Read the file again") -> None:
    before = page.url
    page.get_by_role("button", name=button).click()
    expect(page).not_to_have_url(before)


@at_both_sizes
def test_the_task_is_guessed_and_can_be_changed(page: Page, server: Installation, tmp_path: Path) -> None:
    upload(page, server, passengers(tmp_path))
    expect(page.get_by_label("Target column")).to_have_value("Survived")
    expect(page.get_by_role("radio", name="Classification")).to_be_checked()
    assert_accessible(page)

    page.get_by_role("radio", name="Regression").check()
    page.reload()

    expect(page.get_by_role("radio", name="Regression")).to_be_checked()
    page.get_by_label("Target column").select_option("class")
    expect(page.get_by_role("radio", name="Classification")).to_be_checked()
    page.get_by_label("Target column").select_option("age")
    expect(page.get_by_role("radio", name="Regression")).to_be_checked()


def test_the_type_of_a_column_is_changed_by_reading_its_file_again(
    page: Page, server: Installation, client: Client, tmp_path: Path
) -> None:
    upload(page, server, passengers(tmp_path, "typed.csv"))
    page.get_by_label("Type of class").select_option("categorical")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Type of class")).to_have_value("numeric")
    page.get_by_label("Type of class").select_option("categorical")
    read_again(page)
    page.reload()
    expect(page.get_by_label("Type of class")).to_have_value("categorical")
    page.get_by_label("Type of age").select_option("text")
    read_again(page)
    expect(page.get_by_label("Type of age")).to_have_value("text")
    expect(page.get_by_label("Type of class")).to_have_value("categorical")
    kept = [dataset.types for dataset in client.datasets.list() if dataset.name == "typed.csv"]
    assert kept == [{"class": "categorical", "age": "text"}, {"class": "categorical"}, {}]


def test_columns_of_a_file_without_names_are_read_as_data(page: Page, server: Installation, tmp_path: Path) -> None:
    path = write_table(tmp_path, "nameless.csv", "", [f"{n}.5,{n % 5},{n % 2}" for n in range(60)])
    upload(page, server, path)
    expect(page.get_by_text("60 rows ·")).to_be_visible()
    expect(page.get_by_role("button", name="The first line is data")).to_be_hidden()
    read_again(page, "The first line has the column names")
    expect(page.get_by_text("59 rows ·")).to_be_visible()
    read_again(page, "The first line is data, not column names")
    expect(page.get_by_text("60 rows ·")).to_be_visible()
    expect(page.get_by_role("button", name="The first line has the column names")).to_be_visible()


def test_other_formats_than_csv_are_uploaded(page: Page, server: Installation, tmp_path: Path) -> None:
    rows = [{"a": n, "b": f"{n % 3}x", "c": n * 0.5} for n in range(50)]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(rows))
    upload(page, server, path)

    expect(page.get_by_text("50 rows")).to_be_visible()
    page.get_by_label("Type of a").select_option("categorical")
    read_again(page)
    expect(page.get_by_label("Type of a")).to_have_value("categorical")
    expect(page.get_by_role("button", name=re.compile("first line"))).to_be_hidden()


def test_constant_columns_share_one_line(page: Page, server: Installation, tmp_path: Path) -> None:
    header = ",".join(["x", *(f"p{n}" for n in range(40)), "y"])
    path = write_table(tmp_path, "pixels.csv", header, [f"{n}," + "0," * 40 + f"{n * 2}.5" for n in range(80)])
    upload(page, server, path)

    expect(page.get_by_text("40 columns hold the same value in every row")).to_be_visible()
    expect(page.get_by_text("'p3'")).to_have_count(0)
    page.get_by_text("Show them").click()
    expect(page.locator(".names")).to_contain_text("p39")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("40 columns hold the same value in every row")).to_be_visible()
    expect(page.get_by_text("Column 'p3'")).to_have_count(0)


def test_settings_stay_when_the_address_holds_a_wrong_value(page: Page, server: Installation, client: Client) -> None:
    dataset = client.datasets.upload(EXAMPLES / "penguins.csv")
    address = f"{server.url}/#/datasets/{dataset.id}?target=species&more=1&with="
    page.goto(address + quote(json.dumps({"optimizer": {"type": "adam", "learning_rate": 1e9}, "epochs": 7})))

    expect(page.get_by_label("Learning rate")).to_have_value("1000000000")
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("7")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    page.get_by_label("Learning rate").fill("0.01")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()

    for wrong in ({"layers": 5}, {"layers": [{"type": "x"}]}, {"optimizer": {"type": "x"}}, {"split": 1, "seed": []}):
        page.goto("about:blank")
        page.goto(address + quote(json.dumps(wrong)))
        expect(page.get_by_label("Learning rate")).to_have_value("0.001")
        expect(page.get_by_label("Neurons of layer 1")).to_be_visible()


def test_numbers_are_read_as_they_are_typed_or_said_to_be_none(
    page: Page, server: Installation, client: Client
) -> None:
    dataset = client.datasets.upload(EXAMPLES / "penguins.csv")
    page.goto(f"{server.url}/#/datasets/{dataset.id}?target=species&more=1")
    rate, epochs = page.get_by_label("Learning rate"), page.get_by_label("Epochs", exact=True)

    rate.fill("0,01")
    epochs.fill("1,000")
    epochs.blur()
    expect(rate).to_have_value("0.01")
    expect(epochs).to_have_value("1000")

    for field, text, words in (
        (rate, "abc", "“abc” is not a number; 0.01 stays in use."),
        (rate, "", "A number is needed; 0.01 stays in use."),
        (rate, "1,000", "may be 1000 or 1.000"),
        (epochs, "2.5", "“2.5” is not a whole number; 1000 stays in use."),
    ):
        field.fill(text)
        field.blur()
        expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
        expect(field).to_have_value(text)
    assert json.loads(page.evaluate("new URLSearchParams(location.hash.split('?')[1]).get('with')"))["epochs"] == 1000

    page.get_by_label("Model name").fill("my model!")
    error = page.locator("#name-error")
    expect(error).to_contain_text("must be up to 63 letters from a to z, digits, dots, dashes and underscores")
    page.get_by_label("Model name").fill("")
    expect(error).to_be_hidden()
    expect(page.get_by_label("Model name")).to_have_attribute("placeholder", "penguins")


@at_both_sizes
def test_a_preset_is_chosen_by_its_forecast(page: Page, server: Installation, client: Client) -> None:
    dataset = client.datasets.upload(EXAMPLES / "concrete.csv")
    page.goto(f"{server.url}/#/datasets/{dataset.id}?target=compressive_strength")
    presets = page.get_by_role("group", name="Preset")
    fast, balanced = presets.get_by_role("radio", name="fast"), presets.get_by_role("radio", name="balanced")
    expect(balanced).to_be_checked()
    expect(presets).to_contain_text(re.compile(r"balanced up to \d+ (s|min).*best up to \d+ (s|min)"))
    expect(presets).to_contain_text("each validated on a fold of its own")
    assert_accessible(page)

    fast.check()
    page.reload()
    expect(fast).to_be_checked()
    page.get_by_role("button", name="Advanced settings").click()
    nets, bins = page.get_by_label("Nets", exact=True), page.get_by_role("checkbox", name="Bins of numbers")
    expect(nets).to_have_value("1")
    expect(bins).not_to_be_checked()
    presets.get_by_role("radio", name="best").check()
    expect(nets).to_have_value("20")
    balanced.check()
    expect(nets).to_have_value("10")
    expect(bins).to_be_checked()
    expect(page.locator("#bins")).to_have_value("8")
    nets.fill("3")
    page.get_by_label("Epochs", exact=True).fill("2")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("heading", name="Ensemble of 3 nets")).to_be_visible()
    page.get_by_text("Chosen for this data").click()
    expect(page.get_by_text(re.compile(r"8 bins .*, the fewest: there are [\d,]+ training rows"))).to_be_visible()


@at_both_sizes
def test_a_split_and_weights_are_asked_for(page: Page, server: Installation, client: Client, tmp_path: Path) -> None:
    upload(page, server, passengers(tmp_path, "split.csv"))
    page.get_by_role("button", name="Advanced settings").click()
    page.get_by_label("Epochs", exact=True).fill("2")
    summary = page.locator("summary", has_text="Split and weights")
    expect(summary).to_contain_text("folds, one for each net")
    page.get_by_role("group", name="Preset").get_by_role("radio", name="fast").check()
    expect(summary).to_contain_text("20% validation")
    summary.click()
    page.get_by_label("Split", exact=True).select_option("Predefined split")
    page.get_by_label("Column of the split").select_option("class")
    expect(page.get_by_text("holds numbers from 1 to 3; write 0, 1 or 2").first).to_be_visible()
    expect(page.get_by_label("Validation split")).to_be_hidden()
    page.get_by_label("Split", exact=True).select_option("Random split")
    page.get_by_label("Test split").fill("0.2")
    page.get_by_label("Cross-validation").check()
    page.get_by_label("Fold", exact=True).fill("1")
    page.get_by_label("Row weights").select_option("age")
    expect(summary).to_contain_text("fold 1 of 5, 20% test, weights age")
    assert_accessible(page)
    page.get_by_role("button", name="Train", exact=True).click()

    expect(page.get_by_text("succeeded", exact=True)).to_be_visible()
    job = client.jobs.get(page.url.rpartition("/")[2])
    assert job.spec.split == SplitSpec(test=0.2, folds=5, fold=1)
    assert job.spec.weight_column == "age"
    page.goto(f"{page.url}/understand?split=test")
    expect(page.get_by_text("24 rows").first).to_be_visible()


def test_several_targets_and_quantiles_are_asked_for(
    page: Page, server: Installation, client: Client, tmp_path: Path
) -> None:
    rows = [f"{n % 7},{n % 5}.5,{n % 7 + 2 * (n % 5)},{n % 3},{'ab'[n % 2]}" for n in range(150)]
    upload(page, server, write_table(tmp_path, "prices.csv", "size,age,price,rooms,kind", rows))
    expect(page.get_by_label("Target column")).to_have_value("kind")
    expect(page.get_by_label("Another target")).to_be_hidden()
    page.get_by_label("Target column").select_option("rooms")
    page.get_by_label("Another target").select_option("price")
    expect(page.get_by_text("one net predicts these 2 numbers at once")).to_be_visible()
    expect(page.get_by_role("radio", name="Classification")).to_be_hidden()
    expect(page.get_by_role("checkbox", name="kind", exact=True)).to_be_disabled()
    page.get_by_role("checkbox", name="age", exact=True).check()
    expect(page.get_by_text("one net predicts these 3 numbers at once")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Do not predict age").click()
    expect(page.get_by_role("checkbox", name="price target")).to_be_checked()

    page.get_by_role("button", name="Advanced settings").click()
    page.get_by_label("Epochs", exact=True).fill("2")
    page.get_by_label("Loss").select_option("quantile")
    quantiles = page.get_by_label("Quantiles")
    expect(quantiles).to_have_value("0.05, 0.5, 0.95")
    for typed, fault in (
        ("0.5, much", "“much” is not a number; 0.05, 0.5, 0.95 stays in use."),
        ("0.9 0.5", "must be ascending, and each be there once"),
        ("0.1; 1,5", "must be less than 1"),
    ):
        quantiles.fill(typed)
        quantiles.press("Enter")
        expect(page.locator(".setting", has=quantiles)).to_contain_text(fault)
    assert_accessible(page)
    quantiles.fill("0,1 0,5 0,9")
    quantiles.press("Enter")
    expect(quantiles).to_have_value("0.1, 0.5, 0.9")
    page.get_by_role("button", name="Train", exact=True).click()

    expect(page.get_by_text("succeeded", exact=True)).to_be_visible()
    spec = client.jobs.get(page.url.rpartition("/")[2]).spec
    assert (spec.target, spec.targets, spec.quantiles) == (None, ["rooms", "price"], [0.1, 0.5, 0.9])
    assert spec.features is None
    page.goto(f"{server.url}/#/datasets/{spec.dataset_id}?more=1")
    expect(page.get_by_role("button", name="Do not predict price")).to_be_visible()
    page.get_by_role("button", name="Do not predict price").click()
    expect(page.get_by_label("Loss")).to_have_value("mse")
    expect(page.get_by_role("radio", name="Regression")).to_be_checked()


def test_an_upload_shows_its_progress_is_cancelled_and_leaves_no_other_page(
    page: Page, server: Installation, client: Client, tmp_path: Path
) -> None:
    path = write_table(tmp_path, "slow.csv", "a,b", [f"{n},{n % 7}" for n in range(200_000)])
    page.goto(server.url)
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 150_000}
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", slow)
    zone = page.get_by_label("Drop a CSV here")

    zone.set_input_files(path)
    expect(page.get_by_role("status").filter(has_text=re.compile(r"Uploading slow.csv … \d+% of \d"))).to_be_visible()
    expect(page.get_by_role("progressbar", name="Upload of slow.csv")).to_be_visible()
    expect(page.get_by_text("or choose a file")).to_be_hidden()
    page.get_by_role("button", name="Cancel").click()
    expect(zone).to_be_enabled()
    assert "slow.csv" not in {dataset.name for dataset in client.datasets.list()}

    zone.set_input_files(path)
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Upload of slow.csv")).to_be_visible()
    network.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    network.detach()
    expect(page.get_by_text("slow.csv is uploaded.")).to_be_visible()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Open it").click()
    expect(page.get_by_role("heading", name="slow.csv")).to_be_visible()
    expect(page.get_by_text("is uploaded.")).to_be_hidden()


def test_lists_renew_themselves_and_are_searched_and_sorted(page: Page, server: Installation, client: Client) -> None:
    page.goto(f"{server.url}/#/jobs")
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    for name in ("renewed-b", "renewed-a"):
        create_job(client, model_name=name, epochs=2)

    rows = page.locator("table.list tbody tr")
    expect(rows.filter(has_text="renewed-a").get_by_text("succeeded", exact=True)).to_be_visible()
    page.get_by_label("Search jobs").fill("RENEWED species")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("renewed-a")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("columnheader", name="Run", exact=True)).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(rows.first).to_contain_text("renewed-b")
    page.reload()
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("renewed-b")
    page.get_by_role("button", name="failed", exact=True).click()
    expect(rows).to_have_count(0)
    expect(page.get_by_text("Nothing found. Take off a filter")).to_be_visible()


def concretes(client: Client) -> list[DatasetResponse]:
    return [dataset for dataset in client.datasets.list() if dataset.name == "concrete.csv"]


def test_an_example_is_uploaded_once_and_keeps_its_target(page: Page, server: Installation, client: Client) -> None:
    for dataset in concretes(client):
        client.datasets.delete(dataset.id)
    for _ in range(2):
        page.goto("about:blank")
        page.goto(server.url)
        page.get_by_role("button", name="Concrete").click()
        expect(page.get_by_role("heading", name="concrete.csv")).to_be_visible()
    page.get_by_role("link", name="Datasets").click()
    page.get_by_label("Search datasets").fill("concrete")
    rows = page.locator("table.list tbody tr")
    expect(rows).to_have_count(1)
    rows.get_by_role("link").click()
    expect(page.get_by_label("Target column")).to_have_value("compressive_strength")

    page.go_back()
    page.get_by_label("Select concrete.csv").check()
    page.get_by_role("button", name="Delete …").click()
    assert len(concretes(client)) == 1
    page.get_by_role("button", name="Delete 1 dataset").click()
    expect(page.get_by_text("Nothing found.")).to_be_visible()
    assert concretes(client) == []


def test_a_dataset_opens_with_the_target_of_its_newest_job(
    page: Page, server: Installation, client: Client, tmp_path: Path
) -> None:
    dataset = client.datasets.upload(passengers(tmp_path, "again.csv"))
    client.jobs.get(client.jobs.create(dataset_id=dataset.id, target="age", epochs=1, model_name="again").id).wait()
    page.goto(f"{server.url}/#/datasets/{dataset.id}")
    expect(page.get_by_label("Target column")).to_have_value("age")

    page.goto(f"{server.url}/#/models")
    page.get_by_label("Select again:1").check()
    page.get_by_role("button", name="Delete …").click()
    page.get_by_role("button", name="Delete 1 version").click()
    expect(page.get_by_label("Select again:1")).to_be_hidden()


def test_titles_themes_and_typed_addresses(page: Page, server: Installation, client: Client, tmp_path: Path) -> None:
    job = create_job(client, model_name="titled", epochs=1)
    page.goto(f"{server.url}/jobs/{job}")
    expect(page).to_have_url(f"{server.url}/#/jobs/{job}")
    expect(page).to_have_title("Watch · titled → species · Gradus")
    page.goto(f"{server.url}/nonsense")
    expect(page).to_have_title("Page not found · Gradus")
    page.goto(f"{server.url}/jobs")
    expect(page).to_have_title("Jobs · Gradus")

    paper = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Theme: auto").click()
    assert page.evaluate(paper) != light
    page.get_by_role("link", name="API").click()
    expect(page.locator("html")).to_have_class(re.compile("dark-mode"))
    page.get_by_role("link", name="Back to Gradus").click()
    expect(page.get_by_role("heading", name="Watch it learn.")).to_be_visible()

    path = write_table(tmp_path, "أسعار.csv", "الغرف,السعر", [f"{n % 9},{n * 3}.5" for n in range(60)])
    upload(page, server, path)
    page.get_by_role("button", name="Advanced settings").click()
    expect(page.get_by_label("Model name")).to_have_attribute("placeholder", re.compile(r"model-\w{6}"))
    expect(page.locator("bdi").filter(has_text="الغرف").first).to_be_visible()
    assert_accessible(page)


def test_a_key_sees_only_what_it_may_do(
    page: Page, server_with_keys: tuple[Installation, dict[str, str]], tmp_path: Path
) -> None:
    server, keys = server_with_keys

    def sign_in(key: str, *, remember: bool = False) -> None:
        expect(page.get_by_label("API key")).to_be_focused()
        expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
        page.get_by_label("API key").fill(key)
        if remember:
            page.get_by_label("Remember it in this browser").check()
        page.get_by_role("button", name="Sign in").click()

    page.goto(server.url)
    expect(page.get_by_role("alert")).not_to_contain_text("Authorization")
    sign_in(keys["read"], remember=True)
    expect(page.get_by_text("but not upload or train")).to_be_visible()
    expect(page.get_by_label("Drop a CSV here")).to_be_hidden()
    page.get_by_role("link", name="server_with_keys").click()
    expect(page.get_by_text("succeeded", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_be_hidden()
    page.goto(f"{server.url}/#/datasets")
    expect(page.get_by_role("button", name=re.compile("Delete"))).to_be_hidden()
    page.locator("table.list tbody tr").get_by_role("link").first.click()
    expect(page.get_by_role("radio", name="species")).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_hidden()
    other = page.context.new_page()
    other.goto(f"{server.url}/#/jobs")
    expect(other.locator("table.list tbody tr").filter(has_text="server_with_keys")).to_be_visible()
    other.close()

    page.get_by_role("button", name="Sign out").click()
    sign_in(keys["predict"])
    page.get_by_role("link", name="Gradus").click()
    page.get_by_label("Model").fill("server_with_keys")
    page.get_by_role("button", name="Open its form").click()
    expect(page.locator("output")).to_be_visible()
    assert_accessible(page)
    (tmp_path / "birds.csv").write_text("island,body_mass_g,seen by\nBiscoe,5000,Ann\nDream,much,Bo\n")
    card = page.locator("section", has=page.locator("#predict-file"))
    expect(card).to_contain_text("up to 67.1 MB")
    card.get_by_label("Drop a file to predict").set_input_files(tmp_path / "birds.csv")
    expect(card.get_by_role("region", name="First predictions of birds").locator("tbody tr")).to_have_count(2)
    assert_accessible(page)
    with page.expect_download() as saved:
        card.get_by_role("button", name="Save as CSV").click()
    assert saved.value.suggested_filename == "birds-predictions.csv"
    read, faulty = csv.DictReader(Path(saved.value.path()).read_text().splitlines())
    assert read["label"]
    assert (faulty["label"], "body_mass_g" in faulty["warnings"]) == ("", True)
