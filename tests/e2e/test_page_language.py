"""Language in a real Chromium: a text, its profile, samples from noise on, a prompt that is gone on with, insight."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gradus import Client
from tests.e2e.installation import Installation
from tests.e2e.page_checks import assert_accessible, assert_no_wider

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector

NARROW = 320
LINES = [
    "the cat sat on the mat",
    "a dog ran to the man, and the man sat",
    "",
    "שלום לעולם 🐈",
    "the mat ran\u202e away",
]


def write_text(folder: Path) -> Path:
    path = folder / "rhymes.txt"
    path.write_text("\n".join(LINES * 60), encoding="utf-8")
    return path


def test_a_text_is_learned_and_the_model_writes(page: Page, server: Installation, tmp_path: Path) -> None:
    page.goto(server.url)
    page.get_by_label("Drop a CSV here").set_input_files(write_text(tmp_path))
    profile = page.get_by_role("region", name="Text", exact=True)
    expect(profile).to_contain_text("words")
    expect(page.get_by_role("region", name="Commonest words").get_by_role("listitem").first).to_contain_text("the")
    expect(page.get_by_role("region", name="The beginning of the text")).to_contain_text("ran<202e> away")
    expect(page.get_by_role("button", name="It is a table, not a text")).to_be_visible()
    page.get_by_role("button", name="Advanced settings").click()
    page.get_by_label("Epochs", exact=True).fill("3")
    expect(page.get_by_label("Tokenizer")).to_have_value("auto")
    assert_accessible(page)
    page.get_by_role("button", name="Train", exact=True).click()

    expect(page.locator("h1 .status.succeeded")).to_be_visible()
    expect(page.get_by_role("region", name="On text that it has not seen")).to_contain_text(
        re.compile("(Not yet b|B)etter than a 5-gram")
    )
    samples = page.get_by_role("list", name="Samples by epoch").get_by_role("listitem")
    expect(samples).to_have_count(3)
    expect(samples.first).to_contain_text("Epoch 1")
    expect(page.get_by_role("img", name=re.compile("Marked: .*5-gram"))).to_be_visible()
    assert_accessible(page)

    page.get_by_role("link", name="Understand").click()
    surprises = page.get_by_role("region", name="Largest surprises")
    expect(surprises.get_by_role("listitem")).to_have_count(10)
    page.get_by_role("textbox", name="Your sentence").fill("the cat 🐈")
    tokens = page.get_by_role("listbox", name="Tokens of the sentence")
    expect(tokens.get_by_role("option")).to_have_count(9)
    tokens.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="What was expected here")).to_be_visible()
    page.get_by_role("button", name="head 2").click()
    expect(page.get_by_text(re.compile("of its attention in head 2 of layer 1"))).to_be_visible()
    neurons = page.get_by_role("region", name="What its neurons answer to")
    expect(neurons.get_by_role("listitem").first).to_be_visible()
    neurons.get_by_role("button", name="Next").click()
    expect(neurons.get_by_label("Neuron", exact=True)).to_have_value("2")
    assert_accessible(page)

    page.get_by_role("link", name="Use", exact=True).click()
    page.get_by_role("textbox", name="Prompt").fill("the ")
    page.get_by_label("Length, in tokens").fill("40")
    page.get_by_role("button", name="Write", exact=True).click()
    written = page.get_by_role("region", name="Written")
    expect(written).to_contain_text("the length that was asked for")
    tokens = page.get_by_role("listbox", name="Written tokens")
    tokens.focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("heading", name="What might have come here")).to_be_visible()
    expect(page.locator(".next-tokens .there")).to_have_count(1)
    assert_accessible(page)
    page.get_by_role("button", name="Terminal").click()
    expect(page.get_by_role("region", name="The request in Terminal")).to_contain_text("gradus --url")
    page.set_viewport_size({"width": NARROW, "height": 700})
    assert_no_wider(page)
    for view in ("Watch", "Understand"):
        page.get_by_role("link", name=view, exact=True).click()
        expect(page.get_by_role("heading", name=re.compile("On text that|Largest surprises"))).to_be_visible()
        assert_no_wider(page)


def test_the_tour_follows_one_token_through_a_training_step(
    page: Page, server: Installation, client: Client, tmp_path: Path
) -> None:
    dataset = client.datasets.upload(write_text(tmp_path), format="text")
    job = client.jobs.create(dataset=dataset, task="language", text="text", model_name="toured", epochs=2).wait()
    text = "the cat sat"
    trace = job.trace_token(text)
    (expected,) = (logit for logit in trace.logits if logit.id == trace.expected.id)
    assert trace.loss is not None
    assert trace.update.loss_after is not None

    page.goto(f"{server.url}/#/jobs/{job.id}/tour")
    page.get_by_label("Your text").fill(text)
    net = page.get_by_role("region", name="The net")
    expect(net).to_contain_text("is to follow")
    expect(net.get_by_role("listitem")).to_have_count(len(trace.layers))
    assert_accessible(page)

    def show(name: str, heading: str) -> None:
        page.get_by_role("button", name=re.compile(rf"^\d {name}$")).click()
        expect(page.get_by_role("heading", name=re.compile(f"^{heading}"))).to_be_visible()

    show("Tokens", "Encoding: the text as tokens")
    step = page.locator(".step")
    expect(step.get_by_role("listitem")).to_have_count(len(trace.tokens))
    expect(step).to_contain_text(f"vocabulary of {trace.vocabulary}")
    show("Embedding", "Embedding: a vector for each token")
    expect(step.get_by_role("row").filter(has_text="sum")).to_be_visible()
    show("Attention", "Attention: what a position takes")
    bars = step.get_by_role("list", name="The tokens that it looks at most")
    first = bars.inner_text()
    step.get_by_label("Head").select_option("2")
    expect(bars).not_to_have_text(first, use_inner_text=True)
    show("Forward pass", "Forward pass: from the vector to a logit")
    expect(step.get_by_role("row").filter(has_text="logit").last).to_contain_text(f"{expected.logit:.3g}"[:4])
    show("Loss", "Loss: how probable was the token")
    expect(step).to_contain_text(f"{trace.loss:.4g}")
    expect(step).to_contain_text(f"{expected.probability:.1%}")
    show("Backpropagation", "Backpropagation: the gradient of each layer")
    follows = step.get_by_role("row").filter(has_text="follows")
    expect(follows).to_contain_text(f"{expected.gradient:.3g}".replace("-", "")[:4])
    show("Weight update", "Weight update: a small step")
    expect(step).to_contain_text(f"{trace.update.loss_after:.4g}"[:5])
    assert_accessible(page)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", name=re.compile("^Backpropagation"))).to_be_visible()
    page.set_viewport_size({"width": NARROW, "height": 700})
    assert_no_wider(page)
