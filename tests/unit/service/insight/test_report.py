"""The report of a job: self-contained, escapes hostile column names, and covers every state."""

import re
from dataclasses import asdict, replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any, get_args
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.ids import new_id
from contract.specs import JobSpec
from learning.insight.formatting import format_number
from learning.nn.layers import Attention, Conv, Dense, Dropout, Layer, Norm, Pool, Residual, TokenEmbedding
from service.insight.report.curves import Curve, render_svg
from store import datasets
from store.database import begin_write
from store.jobs import claims, jobs
from store.jobs.claims import JobClaim
from tests.unit.service.factories import (
    ME,
    add_dataset,
    add_job,
    claim,
    insight,
    record,
    sessions_of,
    succeed_job,
    train_model,
)
from tests.unit.service.insight.test_diagnostics import BASELINES, FACTS
from tests.unit.service.insight.test_slices import make_slices

HOSTILE = "<script>alert(1)</script> | ``` [x](javascript:y) *z* \"'&"


class Tags(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def found_out(app: Flask, held: JobClaim, **more: Any) -> None:
    with begin_write(sessions_of(app)) as s:
        found = asdict(replace(FACTS, **more))
        assert claims.add_pretraining_report(s, held.job_id, held.token, baselines=BASELINES, facts=found)


def add_finished_job(app: Flask) -> str:
    """A job that has a model."""
    job_id = add_job(app)
    held = claim(app)
    found_out(app, held)
    record(app, held, 1, 9)
    succeed_job(app, held, train_model("price"), "houses")
    return job_id


def test_a_report_is_a_page_that_needs_nothing_else_and_runs_nothing(app: Flask, client: FlaskClient) -> None:
    answer = client.get(f"/v1/jobs/{add_finished_job(app)}/report")

    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "sandbox" in policy
    page = Tags(answer.text)
    names = {tag for tag, _ in page.tags}
    assert names.isdisjoint({"script", "link", "img", "iframe", "form", "object", "a"})
    attributes = {name for _, given in page.tags for name in given}
    assert not {name for name in attributes if name.startswith("on")} | attributes & {"style", "src", "href"}
    assert any(given.get("content", "") and given["content"] in policy for tag, given in page.tags if tag == "meta")
    for said in (
        "Training report: price",
        "Typical error (RMSE) ",
        "always guessing the mean",
        "gradus reproduce",
    ):
        assert said in page.text


def test_the_metrics_of_boosted_trees_stand_beside_the_others_with_what_they_left_out(
    app: Flask, client: FlaskClient
) -> None:
    job_id = add_job(app)
    held = claim(app)
    trees = {"name": "boosted_trees", "metrics": {"rmse": 7.25}, "note": "Learned from 9 of 96 training rows."}
    with begin_write(sessions_of(app)) as s:
        baselines = {**BASELINES, "boosted": trees}
        assert claims.add_pretraining_report(s, held.job_id, held.token, baselines=baselines, facts=asdict(FACTS))
    record(app, held, 1, 9)

    text = client.get(f"/v1/jobs/{job_id}/report?format=markdown").text

    assert re.search(r"\| metric \|.* gradient-boosted trees \| linear regression \| always guessing the mean \|", text)
    assert "7.25" in text
    assert "Learned from 9 of 96 training rows." in text


def test_scores_have_intervals_and_worse_slices_are_listed(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    held = claim(app)
    found_out(app, held)
    record(app, held, 1, 9)
    kept = {**insight("dear"), "slices.validation": make_slices()}
    model_id = succeed_job(app, held, train_model("dear"), "dear", kept)
    measured = client.get(f"/v1/models/{model_id}/evaluation").get_json()

    lines = client.get(f"/v1/jobs/{job_id}/report?format=markdown").text.splitlines()

    interval = measured["intervals"]["accuracy"]
    (row,) = (line for line in lines if line.startswith("| accuracy |"))
    assert f"({format_number(interval['low'])} to {format_number(interval['high'])})" in row
    results = [one["comparisons"]["accuracy"]["result"] for one in reversed(measured["baselines"])]
    assert re.findall(r"; (?:net )?(\w+): ", row) == results
    assert "One is worse beyond chance, of 7 that were compared" in " ".join(lines)
    (worse,) = (line for line in lines if line.startswith("| town "))
    assert worse.startswith("| town | south | 40 | 0 (0 to 0.0876) | 1 | \N{MINUS SIGN}1 (")


def test_markdown_is_served_by_accept_header_or_query_with_the_same_text(app: Flask, client: FlaskClient) -> None:
    path = f"/v1/jobs/{add_finished_job(app)}/report"

    asked = client.get(path, headers={"Accept": "text/markdown"})
    named = client.get(f"{path}?format=markdown", headers={"Accept": "text/html"})

    assert asked.content_type == named.content_type == "text/markdown; charset=utf-8"
    assert asked.text == named.text
    assert asked.headers["Vary"] == "Accept"
    page = " ".join(Tags(client.get(path).text).text.split())
    for line in named.text.splitlines():
        if line and not line.startswith(("|", "`", "{", "}", " ", '"')):
            words = " ".join(re.sub(r"\\(.)", r"\1", line.lstrip("# ").replace("**", "")).split())
            assert words in page, line
    assert client.get(f"{path}?format=pdf").status_code == 422


def test_hostile_column_names_are_escaped(app: Flask, client: FlaskClient) -> None:
    dataset_id = new_id("ds")
    columns = [{"name": name, "type": "numeric", "missing": 0} for name in (HOSTILE, "price")]
    with begin_write(sessions_of(app)) as s:
        datasets.add(s, id=dataset_id, owner=ME, name=HOSTILE, format="csv", bytes=9, sha256="ab" * 32, types={})
        counts = {"error": 0, "warning": 0}
        datasets.mark_ready(
            s, dataset_id, token=0, rows=20, rows_rejected=0, issue_counts=counts, columns=columns, issues=[]
        )
        spec = JobSpec(dataset_id=dataset_id, target=HOSTILE, tags={"a": HOSTILE}).model_dump_json()
        job_id = new_id("job")
        jobs.add(s, id=job_id, owner=ME, dataset_id=dataset_id, spec_json=spec, warnings=[HOSTILE])
    held = claim(app)
    found_out(app, held, columns=[HOSTILE], strengths={HOSTILE: 1.0}, classes={HOSTILE: 5, "b": 90}, ids=[HOSTILE])
    record(app, held, 1, 9)

    page = Tags(client.get(f"/v1/jobs/{job_id}/report").text)
    text = client.get(f"/v1/jobs/{job_id}/report?format=markdown").text

    assert "script" not in {tag for tag, _ in page.tags}
    assert page.text.count(HOSTILE) >= 8
    outside = re.sub(r"(`{3,})\n.*?\n\1", "", text, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)[<>`\[\]]", outside)
    rows = [line for line in outside.splitlines() if line.startswith("|") and "script" in line]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {3, 5}


def test_jobs_in_every_state_have_a_report(app: Flask, client: FlaskClient) -> None:
    def read_report(job_id: str) -> str:
        answer = client.get(f"/v1/jobs/{job_id}/report")
        assert answer.status_code == 200
        return Tags(answer.text).text

    dataset_id = add_dataset(app)
    waits = add_job(app, dataset_id=dataset_id)
    assert "It has not started yet." in read_report(waits)
    held = claim(app)
    assert "It is running, after 0 of 9 epochs." in read_report(waits)
    problem = {"type": "/problems/diverged", "title": "The training diverged", "detail": "In epoch 1."}
    with begin_write(sessions_of(app)) as s:
        assert claims.fail(s, waits, held.token, problem)
    failed = read_report(waits)
    assert "It failed after 0 of 9 epochs" in failed
    assert "Training diverged." in failed
    assert client.delete(f"/v1/datasets/{dataset_id}").status_code == 200
    assert "The dataset has been deleted." in read_report(waits)
    cancelled = add_job(app)
    assert client.post(f"/v1/jobs/{cancelled}/cancel").status_code == 200
    assert "It was cancelled after 0 of 9 epochs" in read_report(cancelled)


def test_a_report_describes_every_kind_of_layer(app: Flask, client: FlaskClient) -> None:
    dense = Dense(units=8)
    layers = [Conv(filters=16), Pool(), Pool(kind="mean", size="global"), Dropout(rate=0.25), Norm()]
    layers += [TokenEmbedding(units=24), Attention(heads=3)]
    assert set(get_args(Layer)) == {*map(type, layers), Dense, Residual}
    dataset_id = add_dataset(app)
    with begin_write(sessions_of(app)) as s:
        spec = JobSpec(dataset_id=dataset_id, target="price", layers=[*layers, dense, Residual(layers=(dense,))])
        job = jobs.add(s, id=new_id("job"), owner=ME, dataset_id=dataset_id, spec_json=spec.model_dump_json())
        path = f"/v1/jobs/{job.id}/report?format=markdown"

    text = client.get(path).get_data(as_text=True)

    pictures = "16 filters of 3 x 3 pixels", "max of 2 x 2 pixels", "mean of all pixels"
    for words in (*pictures, "25%", "norm", "1 layers", "24 numbers for each token", "3 heads"):
        assert words in text


@pytest.mark.parametrize(
    "values",
    [[1.0], [3.0, 3.0, 3.0], [0.0, 0.0], [1e9, 1.0, 1e-9], [-5.0, 5.0], [0.5, None, 0.25, None], [1e-300, 1e300]],
)
def test_curves_stay_within_their_drawing(values: list[float | None]) -> None:
    points = [(float(epoch), value) for epoch, value in enumerate(values, start=1)]

    drawn = ET.fromstring(render_svg([Curve("a & b", points)], "The <loss>"))

    assert drawn.get("aria-label") == "The <loss>"
    left, top, right, bottom = 0.0, 0.0, *map(float, drawn.get("viewBox", "").split()[2:])
    places = [place.split(",") for line in drawn.iter("polyline") for place in line.get("points", "").split()]
    assert len(places) == sum(value is not None for value in values)
    assert all(left <= float(x) <= right and top <= float(y) <= bottom for x, y in places)


def test_names_in_a_legend_do_not_overlap() -> None:
    names = ["the net", "logistic regression", "gradient-boosted trees", "always guessing the most common class"]

    drawn = ET.fromstring(render_svg([Curve(name, [(1.0, 0.1), (2.0, 0.2)]) for name in names], "accuracy"))

    keys = [line for line in drawn.iter("line") if "curve" in line.get("class", "")]
    places = [(float(key.get("y1", "")), float(key.get("x1", ""))) for key in keys]
    ends = [(y, x + 24 + 6 * len(name)) for (y, x), name in zip(places, names, strict=True)]
    assert all(end < begin for end, begin in pairwise(sorted([*places, *ends])))
    assert sorted([*places, *ends]) == [place for pair in zip(places, ends, strict=True) for place in pair]
    assert all(x <= 640 for _, x in ends)


def test_without_a_value_no_curve_is_drawn() -> None:
    assert not render_svg([Curve("a", [(1.0, None)])], "The loss")
