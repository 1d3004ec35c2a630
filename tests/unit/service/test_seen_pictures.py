"""What nets see in pictures, over HTTP: filters by epoch, feature maps and saliency."""

import io
from base64 import b64decode, b64encode

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from contract.model_insight import ExplanationResponse
from contract.pictures import JobFeatureMapsResponse, JobFiltersResponse, ModelFeatureMapsResponse
from contract.training_view import JobWeightsResponse, TraceResponse
from learning.model import Model
from tests.unit.service.factories import add_history, add_job, add_model, claim, record, succeed_job, train_model
from tests.unit.service.predict.test_pictures import paint, train_on_colours


def insights() -> dict[str, bytes]:
    """The part of the insights into the model of colours that explanations need."""
    file = io.BytesIO()
    np.save(file, np.zeros(train_on_colours().net.inputs, np.float32))
    return {"mean": file.getvalue(), "shares": b"{}"}


@pytest.fixture
def colours(app: Flask) -> str:
    """The model `colours`, which tells red pictures of 8 x 8 pixels from blue ones."""
    return add_model(app, train_on_colours(), "colours", insights())


def add_trained_job(app: Flask, model: Model) -> str:
    """A job of six epochs that left a model; all weights are 0 before the last."""
    job_id = add_job(app)
    held = claim(app)
    record(app, held, 1, 6)
    add_history(app, held, model, 6)
    succeed_job(app, held, model, "trained")
    return job_id


def read_png(address: str) -> Image.Image:
    head, _, data = address.partition(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(b64decode(data)))


def test_filters_are_pictures_of_the_weights_after_each_epoch(app: Flask, client: FlaskClient) -> None:
    model = train_on_colours()
    job_id = add_trained_job(app, model)

    last = JobFiltersResponse.model_validate(client.get(f"/v1/jobs/{job_id}/filters").get_json())
    first = JobFiltersResponse.model_validate(client.get(f"/v1/jobs/{job_id}/filters?epoch=0").get_json())

    weights = model.weight_arrays()["layer1.weights"]  # (height, width, channels, filters)
    assert (last.type, last.count, last.channels, last.height, last.width) == ("conv", 4, 3, 3, 3)
    assert (last.epoch, last.kept_epochs) == (6, [0, 1, 2, 3, 4, 5, 6])
    assert last.largest == np.abs(weights).max()
    for number, address in enumerate(last.filters):
        expected = 127.5 + 127.5 * weights[..., number] / last.largest
        np.testing.assert_allclose(np.asarray(read_png(address)), expected, atol=0.51)
    of_model = client.get("/v1/models/trained/filters").get_json()
    assert (of_model["object"], of_model["filters"]) == ("model_filters", last.filters)
    assert (first.epoch, first.largest) == (0, 0.0)
    assert np.ptp(np.asarray(read_png(first.filters[0]))) == 0


def test_a_picture_is_followed_through_the_layers_of_a_model(client: FlaskClient, colours: str) -> None:
    answer = client.post(f"/v1/models/{colours}/feature-maps", data=paint("red"), content_type="image/png")

    found = ModelFeatureMapsResponse.model_validate(answer.get_json())
    assert (found.model_id, found.name, found.column) == (colours, "colours", "image")
    assert np.asarray(read_png(found.picture)).tolist() == [[[255, 0, 0]] * 8] * 8
    conv, pool = found.maps
    assert (conv.type, conv.channels, conv.height, conv.width, conv.shown) == ("conv", 4, 8, 8, [0, 1, 2, 3])
    assert (pool.type, pool.height, read_png(pool.maps[0]).size) == ("pool", 4, (4, 4))
    levels = np.array([np.asarray(read_png(address)) for address in conv.maps])
    assert (levels.max(), conv.low) == (255, 0.0)
    assert [(layer.units, layer.activation) for layer in found.dense] == [(4, "relu"), (1, "linear")]
    assert [layer.layer for layer in (*found.maps, *found.dense)] == [1, None, 2, 3]
    predicted = client.post(f"/v1/models/{colours}/predict", data=paint("red"), content_type="image/png").get_json()
    assert answer.get_json()["prediction"].items() <= predicted["predictions"][0].items()


def test_all_ways_of_a_picture_lead_to_the_same_maps(app: Flask, client: FlaskClient, colours: str) -> None:
    job_id = add_trained_job(app, train_on_colours())
    cell = f"data:image/png;base64,{b64encode(paint('blue')).decode()}"
    path = f"/v1/jobs/{job_id}/feature-maps?channels=2"

    plain = client.post(path, data=paint("blue"), content_type="image/png").get_json()
    as_row = client.post(path, json={"image": cell}).get_json()
    as_rows = client.post(path, json={"rows": [{"image": cell}]}).get_json()
    as_form = client.post(
        path, data={"file": (io.BytesIO(paint("blue")), "x.png")}, content_type="multipart/form-data"
    ).get_json()
    of_model = client.post(
        f"/v1/models/{colours}/feature-maps?channels=2", data=paint("blue"), content_type="image/png"
    ).get_json()
    before = client.post(f"{path}&epoch=0", json={"image": cell}).get_json()

    assert plain == as_row == as_rows == as_form
    assert JobFeatureMapsResponse.model_validate(plain).epoch == 6
    assert [len(layer["maps"]) for layer in plain["maps"]] == [2, 2]
    assert {name: of_model[name] for name in ("maps", "dense", "prediction")} == {
        name: plain[name] for name in ("maps", "dense", "prediction")
    }
    assert [layer["high"] for layer in before["maps"]] == [0, 0]


def test_a_step_with_a_picture_is_traced_through_its_conv_and_pool_layers(app: Flask, client: FlaskClient) -> None:
    model = train_on_colours()
    job_id = add_trained_job(app, model)
    cell = f"data:image/png;base64,{b64encode(paint('blue')).decode()}"
    row = {"image": cell, model.header.targets[0]: "red"}  # wrong, so that there is a loss
    answer = client.post(f"/v1/jobs/{job_id}/trace", json={"row": row})
    assert answer.status_code == 200, answer.get_json()
    trace = TraceResponse.model_validate(answer.get_json())
    conv, pool = trace.image_layers
    assert (conv.type, pool.type) == ("conv", "pool")
    assert [layer.layer for layer in (conv, pool, *trace.layers)] == [1, None, 2, 3]
    drawn = JobWeightsResponse.model_validate(client.get(f"/v1/jobs/{job_id}/weights").get_json())
    assert [layer.layer for layer in drawn.layers] == [2, 3]
    assert len(conv.db or ()) == conv.channels == pool.channels == len(pool.a)
    assert conv.da == pytest.approx(pool.da, rel=1e-4)  # maxima pass the whole gradient on
    assert trace.update.loss_after is not None
    assert trace.loss is not None
    assert trace.update.loss_after < trace.loss


def test_pixels_of_a_picture_are_explained(client: FlaskClient, colours: str) -> None:
    answer = client.post(
        f"/v1/models/{colours}/explain?label=blue", data=paint("red"), content_type="image/png"
    ).get_json()

    (one,) = ExplanationResponse.model_validate(answer).explanations
    assert (one.predicted, one.label, [part.column for part in one.contributions]) == ("red", "blue", ["image"])
    assert one.contributions[0].contribution == pytest.approx(one.output - one.baseline_output, abs=one.misses_by)
    assert one.contributions[0].contribution < 0
    assert one.saliency is not None
    pixels = np.asarray(read_png(one.saliency.image))
    assert pixels.shape == (8, 8, 4)
    amber = (pixels[..., 0] > pixels[..., 2]) | (pixels[..., 3] < 30)
    assert amber.mean() > 0.8  # red pixels lower the probability of blue
    assert 0 < one.saliency.largest <= abs(one.contributions[0].contribution)


def test_a_saliency_map_alone_is_a_png_file(client: FlaskClient, colours: str) -> None:
    path, accept = f"/v1/models/{colours}/explain", {"Accept": "image/png"}

    alone = client.post(path, data=paint("red"), content_type="image/png", headers=accept)
    beside = client.post(path, data=paint("red"), content_type="image/png").get_json()
    form = {"file": [(io.BytesIO(paint(colour)), "x.png") for colour in ("red", "blue")]}
    two = client.post(path, data=form, content_type="multipart/form-data", headers=accept)

    assert (alone.status_code, alone.mimetype) == (200, "image/png")
    assert beside["explanations"][0]["saliency"]["image"] == f"data:image/png;base64,{b64encode(alone.data).decode()}"
    assert (two.status_code, "2 rows" in two.get_json()["detail"]) == (422, True)


def test_several_pictures_are_explained_at_once(client: FlaskClient, colours: str) -> None:
    form = {"file": [(io.BytesIO(paint(colour)), "x.png") for colour in ("red", "blue")]}

    answer = client.post(f"/v1/models/{colours}/explain", data=form, content_type="multipart/form-data").get_json()

    assert [one["label"] for one in answer["explanations"]] == ["red", "blue"]
    assert answer["explanations"][0]["saliency"]["image"] != answer["explanations"][1]["saliency"]["image"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"image": "cat.jpg"}, 422, "base64"),
        ({"rows": [{"image": None}, {"image": None}]}, 422, "2 rows"),
        ({"picture": ""}, 422, "picture"),
        ({"rows": [0][:0]}, 422, "0 rows"),
    ],
)
def test_what_is_not_one_picture_is_refused(
    client: FlaskClient, colours: str, body: object, status: int, words: str
) -> None:
    answer = client.post(f"/v1/models/{colours}/feature-maps", json=body)

    assert answer.status_code == status
    assert words in answer.text


def test_a_net_that_sees_no_pictures_has_no_filters_and_no_maps(app: Flask, client: FlaskClient) -> None:
    job_id = add_trained_job(app, train_model("price"))

    answers = [
        client.get(f"/v1/jobs/{job_id}/filters"),
        client.get("/v1/models/trained/filters"),
        client.post(f"/v1/jobs/{job_id}/feature-maps", data=paint("red"), content_type="image/png"),
        client.post("/v1/models/trained/feature-maps", json={"sqft": 1}),
    ]

    assert [answer.status_code for answer in answers] == [422] * 4, [answer.text for answer in answers]
    assert all("sees no pictures" in answer.get_json()["detail"] for answer in answers)
