"""Pictures in a real Chromium: a ZIP of drawings, thumbnails, filters that learn, a dropped picture, and the camera."""

import re
import zipfile
from base64 import b64encode
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from gradus import Client
from tests.e2e.installation import EXAMPLES, Installation
from tests.e2e.page_checks import PHONE, assert_accessible
from tests.pictures import has_package

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the collector

DROP = """(zone, [name, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0))], name, {type: "image/png"}));
  const init = {bubbles: true, cancelable: true, dataTransfer: data};
  for (const kind of ["dragover", "drop"]) zone.dispatchEvent(new DragEvent(kind, init));
}"""


def zip_drawings(folder: Path) -> Path:
    path = folder / "drawings.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((EXAMPLES / "drawings").rglob("*.png")):
            archive.write(file, file.relative_to(EXAMPLES))
    return path


def test_drawings_are_learned_and_what_the_net_sees_is_shown(page: Page, server: Installation, tmp_path: Path) -> None:
    page.goto(server.url)
    uploads: list[Route] = []
    page.route("**/v1/datasets?*", lambda route, _: uploads.append(route))
    page.get_by_label("Drop a CSV here").set_input_files(zip_drawings(tmp_path))
    expect(page.get_by_role("progressbar", name=re.compile("[Uu]pload"))).to_be_visible()
    uploads[0].continue_()
    page.unroute("**/v1/datasets?*")
    gallery = page.get_by_role("region", name="Pictures by class")
    expect(gallery.get_by_role("img")).to_have_count(24)
    expect(gallery).to_contain_text("72 PNG")
    expect(page.get_by_role("radio", name="label")).to_be_checked()
    reasons = page.get_by_text(re.compile("Chosen for this data: .*layers, epochs"))
    reasons.click()
    expect(page.get_by_text("64 filters, as 64 pixels can be halved")).to_be_visible()
    page.get_by_role("button", name="Advanced settings").click()
    page.get_by_label("Pictures", exact=True).select_option("pretrained")
    if has_package():
        expect(page.get_by_text("conv", exact=True)).to_have_count(0)
        expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    else:
        expect(page.get_by_text("make setup EXTRAS=images").first).to_be_visible()
    page.get_by_label("Pictures", exact=True).select_option("pixels")
    page.get_by_label("Epochs", exact=True).fill("4")
    assert_accessible(page)
    page.get_by_role("button", name="Train", exact=True).click()

    expect(page.locator("h1 .status.succeeded")).to_be_visible()
    filters = page.get_by_role("region", name="First-layer filters")
    pictures = filters.locator("img")
    expect(filters.get_by_text("after epoch 4", exact=True)).to_be_visible()
    expect(pictures).to_have_count(16)
    last = pictures.first.get_attribute("src")
    player = page.get_by_role("group", name="Replay of the training")
    player.get_by_role("slider").fill("0")
    expect(filters.get_by_text("before the first epoch")).to_be_visible()
    assert pictures.first.get_attribute("src") != last
    player.get_by_role("combobox", name="Speed").select_option("4")
    player.get_by_role("button", name="Play the training").click()
    expect(filters.get_by_text("after epoch 4", exact=True)).to_be_visible()
    expect(player.get_by_role("button", name="Play the training")).to_be_visible()
    assert pictures.first.get_attribute("src") == last
    assert_accessible(page)

    page.get_by_role("link", name="One training step").click()
    expect(page.get_by_role("img", name="The picture to predict from: image")).to_be_visible()
    page.get_by_role("button", name="Feature maps").first.click()
    expect(page.get_by_role("img", name=re.compile("The output of (conv layer|a pool layer)"))).to_have_count(8)
    page.get_by_role("combobox", name="The net").select_option("newest")
    layers = page.get_by_role("region", name="The net").get_by_role("listitem")
    expect(layers).to_have_count(9)
    expect(layers.nth(7)).to_contain_text("Layer 4, convolution")
    expect(page.locator(".feature-maps .bars li")).to_have_count(3)
    assert_accessible(page)
    page.get_by_role("button", name="Backpropagation").first.click()
    expect(page.get_by_role("combobox", name="Layer")).to_have_value("5")  # after four convolutions
    expect(page.get_by_role("region", name="Gradients of the filters").get_by_role("row")).to_have_count(5)
    assert_accessible(page)

    page.get_by_role("link", name="Use", exact=True).click()
    drawing = b64encode((EXAMPLES / "drawings" / "dog" / "05.png").read_bytes()).decode()
    page.locator(".picture-input").evaluate(DROP, ["dog.png", drawing])
    expect(page.get_by_role("img", name="The picture to predict from: image")).to_be_visible()
    expect(page.locator("output")).to_have_text(re.compile("cat|dog|mouse"))
    saliency = page.get_by_role("region", name="Saliency map")
    overlay = saliency.get_by_role("img", name=re.compile("Its pixels that moved the probability of (cat|dog|mouse)"))
    expect(overlay).to_be_visible()
    saliency.get_by_label("picture alone").check()
    expect(overlay).to_have_count(0)
    saliency.get_by_text("Layer by layer").click()
    expect(saliency.get_by_role("img", name=re.compile("The output of conv layer"))).to_have_count(4)
    assert_accessible(page)
    page.set_viewport_size(PHONE)
    assert_accessible(page)

    before = overlay_source(page)
    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_role("alert")).to_contain_text("does not let this page use the camera")
    page.get_by_role("button", name="Close the camera").click()
    expect(page.get_by_role("button", name="Use the camera")).to_be_focused()
    page.context.grant_permissions(["camera"])
    try:
        page.get_by_role("button", name="Use the camera").click()
        page.get_by_role("button", name="Take the picture").click()
        expect(page.get_by_role("button", name="Use the camera")).to_be_visible()
        expect(page.get_by_role("region", name="Saliency map").get_by_role("img").first).not_to_have_attribute(
            "src", before
        )
    finally:
        page.context.clear_permissions()


def overlay_source(page: Page) -> str:
    """The picture that the saliency map lies over."""
    return page.get_by_role("region", name="Saliency map").get_by_role("img").first.get_attribute("src") or ""


def test_columns_of_pixels_are_drawn_in_every_view(page: Page, server: Installation, client: Client) -> None:
    pixels = [[255 * (row % 2 == (place % 8 < 4)) for place in range(64)] for row in range(60)]
    rows = [
        {"label": ("left", "right")[n % 2], **{f"pixel{k}": v for k, v in enumerate(row)}}
        for n, row in enumerate(pixels)
    ]
    dataset = client.datasets.upload(rows, name="halves")
    job = client.jobs.create(dataset=dataset, target="label", model_name="halves", epochs=3).wait()

    page.goto(f"{server.url}/#/datasets/{dataset.id}")
    gallery = page.get_by_role("region", name="Pictures by class")
    expect(gallery).to_contain_text("pixels, one in each column")
    expect(gallery.get_by_role("img")).to_have_count(16)
    page.goto(f"{server.url}/#/jobs/{job.id}/tour")
    expect(page.get_by_role("combobox", name="Row").locator("option").first).to_have_text("1: left")
    picture = page.get_by_role("img", name="The pixels of the row")
    expect(picture).to_be_visible()
    bright = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 8, 1).data].filter((_, n) => n % 4 === 0)"
    assert picture.evaluate(bright) == pixels[0][:8]
    assert_accessible(page)
