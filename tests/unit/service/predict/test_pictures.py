"""Predictions of pictures over HTTP: as the body, as files of a form, and as cells of base64."""

import io
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.sansio.multipart import MultipartDecoder

from learning.data.prepare import prepare
from learning.frame import CategoricalColumn, Frame, ImageColumn
from learning.image_features import FeaturesColumn
from learning.model import Model, create_model
from learning.nn.layers import Conv, Dense, Pool
from service.http.bodies import CHUNK_BYTES
from service.picture_bodies import MAX_PARTS
from tables import find_feature_net, load_feature_net, use_net_file
from tables.images.errors import UnusableImage
from tables.images.file_bytes import read_image_bytes
from tests.pictures import save
from tests.tiny_onnx import write_net
from tests.unit.service.factories import add_model, fit_net, train_model


@cache
def train_on_colours() -> Model:
    """A model that tells red pictures of 8 x 8 pixels from blue ones."""
    chance = np.random.default_rng(0)
    pixels = chance.integers(0, 90, (80, 3, 8, 8), dtype=np.uint8)
    codes = np.arange(80, dtype=np.int32) % 2
    pixels[codes == 1, 0] += 150
    pixels[codes == 0, 2] += 150
    columns = {
        "image": ImageColumn(pixels, np.ones(80, np.bool_)),
        "label": CategoricalColumn(codes, ("blue", "red")),
    }
    prepared = prepare(Frame(columns, 80), target="label")
    net = fit_net(prepared, [Conv(filters=4), Pool(), Dense(units=4)], epochs=15)
    return create_model(prepared, net)


@pytest.fixture
def colours(app: Flask) -> str:
    """The model `colours`."""
    return add_model(app, train_on_colours(), "colours")


def paint(colour: str, kind: str = "PNG", side: int = 40) -> bytes:
    return save(Image.new("RGB", (side, side), colour), kind)


def labels(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [prediction["label"] for prediction in answer.get_json()["predictions"]]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_a_picture_is_a_body(client: FlaskClient, colours: str, kind: str) -> None:
    answers = [
        client.post(f"/v1/models/{colours}/predict", data=paint(colour, kind), content_type=f"image/{kind.lower()}")
        for colour in ("red", "blue")
    ]

    assert [labels(answer) for answer in answers] == [["red"], ["blue"]]


def test_several_pictures_are_files_of_a_form(client: FlaskClient, colours: str) -> None:
    files = [(io.BytesIO(paint(colour)), f"{colour}.png") for colour in ("blue", "red", "red")]

    answer = client.post(
        f"/v1/models/{colours}/predict", data={"file": files, "note": "x"}, content_type="multipart/form-data"
    )

    assert labels(answer) == ["blue", "red", "red"]


def test_a_picture_is_a_cell_of_base64(client: FlaskClient, colours: str) -> None:
    texts = [b64encode(paint(colour)).decode() for colour in ("red", "blue")]
    lines = "\r\n".join(texts[1][at : at + 76] for at in range(0, len(texts[1]), 76))
    rows = [{"image": f"data:image/png;base64,{texts[0]}"}, {"image": f"{lines}\n"}, {}]

    answer = client.post(f"/v1/models/{colours}/predict", json={"rows": rows})

    assert labels(answer)[:2] == ["red", "blue"]
    missing = [each["row"] for each in answer.get_json()["warnings"] if each["code"] == "missing_imputed"]
    assert missing == [2]
    schema = client.get(f"/v1/models/{colours}/schema").get_json()
    assert schema["properties"]["image"]["contentMediaType"] == "image/*"


@pytest.mark.parametrize(
    ("cell", "code", "words"),
    [
        ("cat.jpg", "not_an_image", "base64"),
        ("data:image/png;base64,AAAA", "not_an_image", "no image"),
        (f"data:image/png;base64,{b64encode(paint('red')[:60]).decode()}", "broken_image", "decoded"),
        (b64encode(save(Image.new("1", (9_000, 9_000)))).decode(), "image_too_large", "50,000,000"),
        (b64encode(save(Image.new("1", (100_000, 1)))).decode(), "odd_shape", "100,000 x 1"),
        (7, "not_an_image", "base64"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_place(
    client: FlaskClient, colours: str, cell: object, code: str, words: str
) -> None:
    answer = client.post(f"/v1/models/{colours}/predict", json={"rows": [{"image": cell}]})

    assert answer.status_code == 422
    (error,) = answer.get_json()["errors"]
    assert (error["pointer"], error["code"]) == ("#/rows/0/image", code)
    assert words in error["detail"]


def test_a_bad_picture_among_others_can_be_skipped(client: FlaskClient, colours: str) -> None:
    files = [(io.BytesIO(data), "x.png") for data in (b"GIF89a", paint("red"))]

    answer = client.post(
        f"/v1/models/{colours}/predict?bad_rows=skip", data={"file": files}, content_type="multipart/form-data"
    )

    assert answer.status_code == 200
    body = json.loads(answer.data)
    assert body["predictions"][0] is None
    assert body["predictions"][1]["label"] == "red"


def test_a_picture_of_megabytes_is_a_file_of_a_form(client: FlaskClient, colours: str) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="p.bmp"\r\n\r\n'
    form = head + paint("blue", "BMP", side=800) + b"\r\n" + head + paint("red") + b"\r\n--x--\r\n"

    answer = client.post(f"/v1/models/{colours}/predict", data=form, content_type="multipart/form-data; boundary=x")

    assert labels(answer) == ["blue", "red"]


def test_a_form_of_too_many_pictures_is_refused(client: FlaskClient, colours: str) -> None:
    files = [(io.BytesIO(b"GIF89a"), "x.gif") for _ in range(MAX_PARTS + 1)]

    answer = client.post(f"/v1/models/{colours}/predict", data={"file": files}, content_type="multipart/form-data")

    assert answer.status_code == 400
    assert "more than 1,000 parts" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"x", "image/png", 422),
        (b"--x\r\nno form", "multipart/form-data; boundary=x", 400),
        (b"--x--\r\n", "multipart/form-data; boundary=x", 400),
        (b"x", "multipart/form-data", 400),
        (b"<svg/>", "image/svg+xml", 415),
    ],
)
def test_a_body_that_is_no_picture_is_a_problem(
    client: FlaskClient, colours: str, data: bytes, kind: str, status: int
) -> None:
    answer = client.post(f"/v1/models/{colours}/predict", data=data, content_type=kind)

    assert answer.status_code == status, answer.get_data(as_text=True)


def test_a_model_of_other_columns_takes_no_picture(app: Flask, client: FlaskClient) -> None:
    houses = add_model(app, train_model("price"), "houses")

    answer = client.post(f"/v1/models/{houses}/predict", data=paint("red"), content_type="image/png")

    assert answer.status_code == 415
    assert "sqft" in answer.get_json()["detail"]


def test_a_picture_has_its_typicality_and_a_strange_one_a_warning(client: FlaskClient, colours: str) -> None:
    body = {"rows": [{"image": b64encode(paint("red")).decode()}, {"image": None}]}

    answer = client.post(f"/v1/models/{colours}/predict", json=body).get_json()

    strange, missing = answer["predictions"]
    assert strange["typicality"] == pytest.approx(1 / 17)  # of 16 held-out pictures of red noise none is so even
    assert missing["typicality"] is None
    (warning,) = [warning for warning in answer["warnings"] if warning["code"] == "unlike_training"]
    assert (warning["row"], warning["column"]) == (0, "image")


@pytest.fixture
def by_features(app: Flask, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A model that tells red from blue by features of a net of ONNX, and that net's file."""
    path = tmp_path / "net.onnx"
    path.write_bytes(write_net())
    use_net_file(path)
    net = find_feature_net(16)
    chance = np.random.default_rng(0)
    codes = np.arange(80, dtype=np.int32) % 2
    pixels = chance.integers(0, 90, (80, 3, 16, 16), dtype=np.uint8)
    pixels[codes == 1, 0] += 150
    pixels[codes == 0, 2] += 150
    values = np.array([load_feature_net(net).compute(picture) for picture in pixels])
    columns = {
        "image": FeaturesColumn(values, np.ones(80, np.bool_), net),
        "label": CategoricalColumn(codes, ("blue", "red")),
    }
    prepared = prepare(Frame(columns, 80), target="label")
    model = create_model(prepared, fit_net(prepared, [Dense(units=4)], epochs=30))
    yield add_model(app, Model.from_bytes(model.to_bytes()), "by-features"), path
    use_net_file(None)


def test_features_are_made_of_a_picture_at_request(client: FlaskClient, by_features: tuple[str, Path]) -> None:
    ref, _ = by_features
    url = f"/v1/models/{ref}/predict"
    for colour in ("red", "blue"):
        assert labels(client.post(url, data=paint(colour), content_type="image/png")) == [colour]
    picture = f"data:image/png;base64,{b64encode(paint('red')).decode()}"
    rows = [{"image": picture}, {"image": "!!"}, {}]

    answer = client.post(f"{url}?bad_rows=skip", json={"rows": rows}).get_json()

    assert [each and each["label"] for each in answer["predictions"]][:2] == ["red", None]
    assert (2, "missing_imputed") in [(warning["row"], warning["code"]) for warning in answer["warnings"]]
    too_many = client.post(url, json={"rows": [{}] * 100})
    assert (too_many.status_code, too_many.get_json()["limit"]) == (413, 64)


def test_an_exported_graph_makes_the_features_itself(client: FlaskClient, by_features: tuple[str, Path]) -> None:
    ref, _ = by_features
    path = f"/v1/models/{ref}"
    told = client.post(f"{path}/predict", data=paint("red", side=16), content_type="image/png").get_json()

    session = onnxruntime.InferenceSession(client.get(f"{path}/export?format=onnx").data)

    red = np.zeros((1, 3, 16, 16), np.uint8)
    red[:, 0] = 255
    (found,) = session.run(["probabilities"], {"image": red})
    assert found[0] == pytest.approx(list(told["predictions"][0]["probabilities"].values()), abs=1e-5)
    refused = client.get(f"{path}/export?format=python")
    assert (refused.status_code, "onnx" in refused.get_json()["detail"]) == (422, True)


def test_another_net_than_the_model_learned_with_is_refused(client: FlaskClient, by_features: tuple[str, Path]) -> None:
    ref, path = by_features
    other = path.with_name("other.onnx")
    other.write_bytes(write_net(scaling="signed"))
    use_net_file(other)

    answer = client.post(f"/v1/models/{ref}/predict", data=paint("red"), content_type="image/png")

    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/no-feature-net")
    assert "GRADUS_FEATURE_NET" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("data:image/png;" + "a=b;" * 2**20, "not_an_image"),
        ("A" * 30_000_000, "file_too_large"),
        ("data:image/png;base64," + "A" * 30_000_000, "file_too_large"),
    ],
)
def test_a_long_text_is_no_picture_and_is_not_decoded(cell: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = list[str]()
    monkeypatch.setattr(
        "tables.images.file_bytes.b64decode", lambda text, **_: read.append(text) or b64decode(text, validate=True)
    )

    with pytest.raises(UnusableImage) as refused:
        read_image_bytes(cell)

    assert refused.value.code == code
    assert sum(map(len, read)) <= 2**20


def test_base64_is_decoded_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    data = np.random.default_rng(0).bytes(3 * 2**20 + 7)
    text, read = b64encode(data).decode(), list[int]()
    monkeypatch.setattr(
        "tables.images.file_bytes.b64decode", lambda text, **_: read.append(len(text)) or b64decode(text)
    )

    assert read_image_bytes(text) == read_image_bytes(f"data:image/png;base64,{text}") == data
    assert max(read) <= 2**20


def test_a_form_is_parsed_in_pieces_and_heads_of_parts_are_bounded(
    client: FlaskClient, colours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = list[int]()
    receive = MultipartDecoder.receive_data
    monkeypatch.setattr(
        MultipartDecoder, "receive_data", lambda self, data: pieces.append(len(data or b"")) or receive(self, data)
    )
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="p.png"'
    forms = {
        200: head
        + b"\r\n\r\n"
        + paint("red")
        + b"\r\n"
        + head
        + b"\r\n\r\n"
        + paint("blue", "BMP", 900)
        + b"\r\n--x--\r\n",
        400: head + b"\r\nX-More: " + b"x" * 2**21 + b"\r\n\r\n" + paint("red") + b"\r\n--x--\r\n",
    }

    for status, form in forms.items():
        answer = client.post(f"/v1/models/{colours}/predict", data=form, content_type="multipart/form-data; boundary=x")
        assert answer.status_code == status, answer.get_data(as_text=True)

    assert max(pieces) <= CHUNK_BYTES
