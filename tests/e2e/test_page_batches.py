"""Files that a model predicts in the page: dropped, predicted on the worker, previewed, saved and deleted."""

import csv
import io
import re
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Download, Page, expect

from gradus import Client
from tests.e2e.installation import EXAMPLES, Installation
from tests.e2e.page_checks import PHONE, assert_accessible, create_job

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector


def read(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def test_a_file_is_predicted_and_the_answers_are_saved(
    page: Page, server: Installation, client: Client, tmp_path: Path
) -> None:
    client.jobs.get(create_job(client, epochs=2, model_name="birds")).wait()
    rows = list(csv.DictReader(io.StringIO((EXAMPLES / "penguins.csv").read_text())))
    new = tmp_path / "new birds.csv"
    pl.DataFrame([{**row, "species": None} for row in rows]).drop("species").write_csv(new)
    with new.open("a") as file:
        file.write("far,too,many,cells,in,this,row,of,the,file\n")

    page.goto(f"{server.url}/#/models/birds")
    card = page.locator("section", has=page.locator("#predict-file"))
    card.get_by_label("Drop a file to predict").set_input_files(new)
    batch = card.get_by_role("listitem", name="Predictions of new birds.csv")
    expect(batch).to_contain_text("succeeded")
    expect(batch).to_contain_text("1 row could not be read and has no prediction")
    preview = batch.get_by_role("region", name="First predictions of new birds.csv")
    expect(preview.locator("tbody tr")).to_have_count(20)
    expect(preview.get_by_role("columnheader", name="label")).to_be_visible()
    assert_accessible(page)

    with page.expect_download() as saved:
        batch.get_by_role("button", name="Save as CSV").click()
    assert saved.value.suggested_filename == "new birds-predictions.csv"
    table = pl.read_csv(read(saved.value))
    assert (table.height, set(table["label"])) == (len(rows), set(table["label"]) & {row["species"] for row in rows})
    with page.expect_download() as saved:
        batch.get_by_role("button", name="Save the errors").click()
    (error,) = csv.DictReader(io.StringIO(read(saved.value).decode()))
    assert (error["line"], error["action"]) == (str(len(rows) + 2), "row_rejected")
    with page.expect_download() as saved:
        batch.get_by_role("button", name="Save as Parquet").click()
    assert pl.read_parquet(read(saved.value)).height == len(rows)
    expect(card.get_by_role("listitem", name="Predictions of new birds.csv")).to_have_count(2)

    page.set_viewport_size(PHONE)
    assert_accessible(page)
    for left in (1, 0):
        shown = card.get_by_role("listitem", name="Predictions of new birds.csv")
        delete = shown.first.get_by_role("button", name=re.compile("delete", re.IGNORECASE))
        delete.click()
        delete.click()
        expect(shown).to_have_count(left)


def test_a_file_that_the_model_cannot_read_is_refused_with_the_reason(
    page: Page, server: Installation, client: Client, tmp_path: Path
) -> None:
    client.jobs.get(create_job(client, epochs=1, model_name="refusing")).wait()
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n3,4\n")

    page.goto(f"{server.url}/#/models/refusing")
    card = page.locator("section", has=page.locator("#predict-file"))
    card.get_by_label("Drop a file to predict").set_input_files(other)

    expect(card.get_by_role("alert")).to_contain_text("none of the columns that the model takes")
