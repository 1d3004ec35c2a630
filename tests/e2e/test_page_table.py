"""The table before a training, in a real Chromium: rows with faults, columns beside the target, and every setting."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from contract.specs import JobSpec
from gradus import Client
from tests.e2e.installation import EXAMPLES, Installation
from tests.e2e.page_checks import assert_accessible, assert_no_wider, at_both_sizes

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector

NARROW = 320
LONG_NAME = "a measurement with a name that nobody has room for at all number"
SETTABLE = {
    "layers": "Neurons of layer 1",
    "model_name": "Model name",
    "preset": "fast",
    "task": "Classification",
    "loss": "Loss",
    "quantiles": "Quantiles",
    "nets": "Nets",
    "epochs": "Epochs",
    "batch_size": "Batch size",
    "weight_column": "Row weights",
    "weight_decay": "Weight decay (L2)",
    "gradient_clip_norm": "Gradient clipping",
    "time_limit_seconds": "Time limit in seconds",
    "class_weights": "Class weights",
    "seed": "Seed",
    "numeric/bins": "Bins of numbers",
    "embedding/min_categories": "Min categories",
    "embedding/dimensions": "Dimensions",
    "early_stopping/patience": "Early stopping",
    "early_stopping/min_delta": "Smallest improvement",
    "optimizer/type": "Optimizer",
    "optimizer/learning_rate": "Learning rate",
    "optimizer/momentum": "Momentum",
    "optimizer/nesterov": "Nesterov",
    "optimizer/decay": "Decay",
    "optimizer/epsilon": "Epsilon",
    "optimizer/beta1": "Beta1",
    "optimizer/beta2": "Beta2",
    "schedule/type": "Schedule",
    "schedule/step_epochs": "Step epochs",
    "schedule/factor": "Factor",
    "schedule/warmup_epochs": "Warmup epochs",
    "schedule/final_fraction": "Final fraction",
    "schedule/patience": "Patience",
    "schedule/min_delta": "Min delta",
    "schedule/min_learning_rate": "Min learning rate",
    "split/validation": "Validation split",
    "split/test": "Test split",
    "split/group_by": "Split",
    "split/order_by": "Split",
    "split/column": "Split",
    "split/folds": "Cross-validation",
    "split/fold": "Fold",
    "split/keep_copies_together": "Keep copies together",
}
"""The label of each setting of a table, by its place in a job's spec."""
ELSEWHERE = {
    "dataset_id", "target", "targets", "user", "item", "text", "features",  # pickers, the columns, the address
    "image/size", "image/augment/flip", "image/augment/shift", "image/augment/rotate", "image/augment/zoom",
    "image/augment/light", "image/features", "language/tokenizer", "language/vocabulary", "language/context",
    "language/windows", "language/documents", "language/mix_ngrams",  # pictures and texts
    "image/feature_net", "tracking",  # filled in by the service
    "start_from/job_id", "start_from/model", "start_from/epoch", "tags",  # of the command line and the API alone
}  # fmt: skip


def list_fields(schema: dict[str, Any], definitions: dict[str, Any], path: str = "") -> set[str]:
    """The places of all fields of a JSON Schema, within objects and each of their alternatives."""
    if "$ref" in schema:
        return list_fields(definitions[schema["$ref"].rpartition("/")[2]], definitions, path)
    found: set[str] = set()
    for alternative in [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
        found |= list_fields(alternative, definitions, path)
    for name, field in schema.get("properties", {}).items():
        found |= list_fields(field, definitions, f"{path}/{name}".lstrip("/"))
    inner = {name for name in found if name != path}
    return inner or {path}


def test_every_setting_of_a_job_has_its_place_on_the_page() -> None:
    schema = JobSpec.model_json_schema()
    assert list_fields(schema, schema["$defs"]) == SETTABLE.keys() | ELSEWHERE


def test_every_setting_that_a_diagnosis_may_advise_can_be_set(page: Page, server: Installation, client: Client) -> None:
    dataset = client.datasets.upload(EXAMPLES / "penguins.csv")
    shown: set[str] = set()

    def open_settings(target: str, **settings: Any) -> None:
        page.goto("about:blank")
        page.goto(f"{server.url}/#/datasets/{dataset.id}?target={target}&more=1&with={quote(json.dumps(settings))}")
        expect(page.get_by_label("Epochs", exact=True)).to_be_visible()
        note()

    def note() -> None:
        labels = set(SETTABLE.values()) - shown
        shown.update(
            label for label in labels if page.get_by_label(label, exact=label not in {"fast", "Classification"}).count()
        )

    open_settings("species", preset="fast", split={"folds": 3, "fold": 0})
    open_settings("body_mass_g", loss="quantile", preset="fast", split={"validation": 0.3})
    for name in ("sgd", "rmsprop", "adamw", "muon", "adam"):
        page.get_by_label("Optimizer", exact=True).select_option(name)
        note()
    for name in ("step", "exponential", "cosine", "plateau", "constant"):
        page.get_by_label("Schedule", exact=True).select_option(name)
        note()
    assert set(SETTABLE.values()) - shown == set()


def test_settings_take_effect_and_wrong_ones_are_told_where_they_are(
    page: Page, server: Installation, client: Client
) -> None:
    dataset = client.datasets.upload(EXAMPLES / "penguins.csv")
    wrong = {"schedule": {"type": "plateau", "factor": 7}, "gradient_clip_norm": -1, "preset": "fast", "epochs": 1}
    page.goto(f"{server.url}/#/datasets/{dataset.id}?target=species&more=1&with={quote(json.dumps(wrong))}")
    expect(page.locator(".setting", has=page.get_by_label("Factor"))).to_contain_text("must be less than 1")
    clip = page.get_by_label("Gradient clipping")
    expect(page.locator(".setting", has=clip)).to_contain_text("must be greater than 0")
    train = page.get_by_role("button", name="Train", exact=True)
    expect(train).to_be_disabled()
    page.get_by_label("Factor").fill("0.5")
    clip.fill("")
    page.get_by_label("Class weights").select_option("chosen")
    page.get_by_label("Weight of Gentoo").fill("2,5")
    page.get_by_label("Time limit in seconds").fill("60")
    expect(train).to_be_enabled()
    assert_accessible(page)
    train.click()
    expect(page.locator("h1 .status.succeeded")).to_be_visible()
    spec = client.jobs.get(page.url.rpartition("/")[2]).spec
    assert (spec.schedule.type, spec.gradient_clip_norm, spec.time_limit_seconds) == ("plateau", None, 60)
    assert spec.class_weights == {"Adelie": 1, "Chinstrap": 1, "Gentoo": 2.5}


def faulty_table(folder: Path) -> Path:
    path = folder / "faulty.csv"
    rows = [f"{n},{n * 2}.5,{'ab'[n % 2]}" for n in range(60)]
    rows[39] = "39,4,5,6"
    rows[49] = "49,much,b"
    rows[4] = "4,,a"
    path.write_text("\n".join(["x,size,kind", *rows, ""]))
    return path


@at_both_sizes
def test_rows_are_shown_with_their_faults_in_place(
    page: Page, server: Installation, client: Client, tmp_path: Path
) -> None:
    dataset = client.datasets.upload(faulty_table(tmp_path))
    page.goto(f"{server.url}/#/datasets/{dataset.id}")
    rows = page.get_by_role("region", name="Rows", exact=True)
    expect(rows.get_by_role("columnheader", name="size")).to_contain_text("numeric")
    expect(rows.get_by_role("row", name="6 4")).to_contain_text("missing")
    rows.get_by_role("button", name="Next rows").click()
    expect(rows).to_contain_text(re.compile("rows 9.16 of 59"))

    rows.get_by_role("button", name="Next problem").click()
    expect(rows.get_by_role("row", name=re.compile("^41 "))).to_contain_text("skipped")
    rows.get_by_role("button", name="Next problem").click()
    expect(rows.get_by_role("row", name=re.compile("^51 "))).to_contain_text("much")
    page.reload()
    expect(rows.get_by_role("row", name=re.compile("^51 "))).to_contain_text("much")
    page.get_by_text("problems found").click()
    page.get_by_role("button", name="Show line 41").click()
    expect(rows.get_by_role("row", name=re.compile("^41 "))).to_be_visible()
    assert_accessible(page)


def test_columns_stand_beside_what_they_explain_of_the_target(page: Page, server: Installation, client: Client) -> None:
    dataset = client.datasets.upload(EXAMPLES / "penguins.csv")
    page.goto(f"{server.url}/#/datasets/{dataset.id}?target=species")
    cards = page.get_by_role("region", name="Columns").get_by_role("listitem").filter(has=page.get_by_role("radio"))
    expect(page.locator(".class-legend")).to_contain_text("Gentoo")
    page.get_by_label("Order of columns").select_option("explains most")
    expect(cards.first).to_contain_text("species")
    expect(cards.nth(1)).to_contain_text(re.compile(r"\d+% of species explained"))

    page.get_by_label("Search columns").fill("bill")
    expect(cards).to_have_count(2)
    page.get_by_role("button", name="none of them").click()
    page.get_by_label("Search columns").fill("")
    expect(page.get_by_role("checkbox", name=re.compile("use as input.*bill_length_mm"))).not_to_be_checked()
    expect(page.get_by_role("checkbox", name=re.compile("use as input.*flipper_length_mm"))).to_be_checked()
    page.get_by_label("View of columns").select_option("table")
    expect(page.get_by_role("row", name=re.compile("^bill_depth_mm"))).to_be_visible()
    assert_accessible(page)


def wide_table(folder: Path, columns: int = 784) -> Path:
    path = folder / "wide.csv"
    header = ",".join([*(f"{LONG_NAME} {n}" for n in range(columns)), "outcome"])
    rows = [",".join([*(str(n * (m % 3) % 7) for m in range(columns)), "yn"[n % 2]]) for n in range(120)]
    path.write_text("\n".join([header, *rows, ""]))
    return path


def test_hundreds_of_columns_are_drawn_at_once_and_searched(
    page: Page, server: Installation, client: Client, tmp_path: Path
) -> None:
    dataset = client.datasets.upload(wide_table(tmp_path))
    page.goto(server.url)
    page.goto(f"{server.url}/#/datasets/{dataset.id}")
    lines = page.locator(".column-table tbody tr:not(.spacer)")
    expect(lines.first).to_be_visible()
    expect(page.locator(".strength").first).to_be_visible()
    expect(page.get_by_text("262 columns are constant")).to_be_visible()
    assert lines.count() < 60
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator(".column-table tr.target")).to_be_attached()
    assert lines.count() < 60

    target = page.get_by_role("combobox", name="Target column")
    expect(target).to_have_value("outcome")
    target.fill("NUMBER 77")
    options = page.get_by_role("listbox", name="Target column").get_by_role("option")
    expect(options).to_have_count(17)
    target.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    target.press("Enter")
    expect(target).to_have_value(f"{LONG_NAME} 177")
    page.evaluate("scrollTo(0, 0)")
    assert_accessible(page)
    page.set_viewport_size({"width": NARROW, "height": 800})
    assert_no_wider(page)
