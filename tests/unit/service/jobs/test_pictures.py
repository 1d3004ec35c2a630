"""Admission of jobs that learn from pictures by features of a net that others trained, and the advice to do so."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.responses import Top
from learning.data.augment_spec import AugmentSpec
from tables import use_net_file
from tests.pictures import cats_and_dogs, zip_of
from tests.tiny_onnx import write_net
from tests.unit.service.jobs.test_admission import COLUMNS, admit_job, column, has_warning, only_error

PHOTO_SIDES = {"min": 32, "median": 32, "max": 32}
PHOTO = column(
    "photo",
    "image",
    distinct=100,
    images={"kinds": [], "width": PHOTO_SIDES, "height": PHOTO_SIDES, "grey": False},
)


@pytest.fixture
def feature_net(tmp_path: Path) -> Iterator[str]:
    """The SHA-256 of a net that makes five features."""
    path = tmp_path / "net.onnx"
    path.write_bytes(write_net())
    use_net_file(path)
    yield sha256(path.read_bytes()).hexdigest()
    use_net_file(None)


def test_features_of_pictures_are_learned_by_a_small_net(feature_net: str) -> None:
    admission = admit_job("area", *COLUMNS, PHOTO, features=["photo"], image={"features": "pretrained"})

    assert admission.errors == []
    assert [warning.startswith("Of 'north' there are 10 pictures") for warning in admission.warnings] == [True]
    image = admission.spec.image
    assert (image.size, image.feature_net, image.augment) == (160, feature_net, AugmentSpec())
    assert "conv" not in [layer.type for layer in admission.spec.layers]
    assert admission.estimate
    assert admission.estimate.parameters == 6 * 64 + 65


def test_a_convolution_of_features_is_refused(feature_net: str) -> None:
    layers = [{"type": "conv", "filters": 4}, {"type": "dense", "units": 4}]
    admission = admit_job("area", *COLUMNS, PHOTO, image={"features": "pretrained"}, layers=layers)
    assert [(error.pointer, error.code) for error in admission.errors] == [("#/layers/0", "layer_misfit")]


@pytest.mark.parametrize(
    ("image", "pointer", "code"),
    [
        ({"features": "pretrained", "augment": {"flip": True}}, "#/image/augment", "not_with_features"),
        ({"features": "pretrained", "feature_net": "ab"}, "#/image/feature_net", "no_feature_net"),
        ({"feature_net": "ab"}, "#/image/feature_net", "needs_features"),
    ],
)
@pytest.mark.usefixtures("feature_net")
def test_what_does_not_go_with_features_is_refused(image: dict[str, Any], pointer: str, code: str) -> None:
    error = only_error(admit_job("area", *COLUMNS, PHOTO, image=image))
    assert (error.pointer, error.code) == (pointer, code)


@pytest.mark.usefixtures("feature_net")
def test_features_of_a_table_without_pictures_are_refused() -> None:
    assert only_error(admit_job("area", image={"features": "pretrained"})).code == "no_pictures"


def test_without_a_net_it_is_said_how_to_get_one(tmp_path: Path) -> None:
    use_net_file(tmp_path / "gone.onnx")
    try:
        error = only_error(admit_job("area", *COLUMNS, PHOTO, image={"features": "pretrained"}))
        assert (error.pointer, error.code) == ("#/image/features", "no_feature_net")
        assert "GRADUS_FEATURE_NET" in error.detail
        assert has_warning(admit_job("area", *COLUMNS, PHOTO), "once the operator has installed it")
    finally:
        use_net_file(None)


@pytest.mark.usefixtures("feature_net")
def test_few_photographs_are_advised_to_be_learned_from_by_features() -> None:
    advice = "There are about 50 pictures of each class. If they are photographs, features of a net that others trained"
    assert has_warning(admit_job("area", *COLUMNS, PHOTO), advice)
    assert not has_warning(admit_job("area", *COLUMNS, PHOTO, rows=2_000), "pictures of each class")
    assert not has_warning(admit_job("area"), "pictures of each class")


def test_classes_of_few_pictures_and_far_rarer_ones_are_warned_of() -> None:
    def admit_classes(weights: str | None = None, **counts: int) -> list[str]:
        top = [Top(value=value, count=count) for value, count in counts.items()]
        kind = column("kind", "categorical", distinct=len(counts), top=top)
        return admit_job("kind", kind, PHOTO, rows=sum(counts.values()), class_weights=weights).warnings

    rare, unequal = "Of 'cat' there are 6 pictures, of which about 1 are held out", "31 pictures of 'dog' for each of"
    few = admit_classes(cat=6, dog=190)
    assert any(warning.startswith(rare) for warning in few)
    assert any(unequal in warning for warning in few)
    assert not any(unequal in warning for warning in admit_classes(cat=6, dog=190, weights="balanced"))
    assert not any("'cat'" in warning for warning in admit_classes(cat=40, dog=190))


def test_a_second_column_of_pictures_is_refused_with_both_names_and_what_to_send() -> None:
    scan = PHOTO.model_copy(update={"name": "scan"})

    error = only_error(admit_job("price", *COLUMNS, PHOTO, scan))

    assert (error.pointer, error.code) == ("#/features", "several_pictures")
    assert "'photo' and 'scan' hold pictures" in error.detail
    features = json.loads(error.detail[error.detail.index("[") :])
    assert features[0] == "photo"
    assert "scan" not in features
    assert not admit_job("price", *COLUMNS, PHOTO, scan, features=features).errors


def test_settings_that_are_chosen_by_the_pictures_come_with_their_reasons(feature_net: str) -> None:
    chosen = admit_job("area", *COLUMNS, PHOTO, rows=2_000)
    sent = admit_job("area", *COLUMNS, PHOTO, rows=2_000, epochs=3, image={"size": 24})
    learned = admit_job("area", *COLUMNS, PHOTO, image={"features": "pretrained"})

    names = {"image.size", "image.augment", "layers", "epochs", "batch_size", "schedule", "early_stopping"}
    assert chosen.reasons.keys() == names
    assert chosen.reasons["epochs"].startswith("71 for 2,000 pictures")
    assert chosen.reasons["layers"].startswith(
        "4 convolutions of 16, 32, 64, 64 filters, as 32 pixels can be halved 4 times"
    )
    assert chosen.reasons["image.augment"].startswith("Mirrored, shifted, turned")
    assert sent.reasons.keys() == names - {"epochs", "image.size"}
    assert "24 pixels" in sent.reasons["layers"]
    assert learned.reasons["weight_decay"].startswith("10 for 100 pictures")
    assert admit_job("area").reasons == {}


def test_the_preset_decides_whether_several_nets_see_few_pictures(feature_net: str) -> None:
    def choose(rows: int = 1_000, **fields: Any) -> tuple[int, int, int | None, bool]:
        given: dict[str, Any] = {"preset": "balanced", **fields}
        admission = admit_job("area", *COLUMNS, PHOTO, rows=rows, **given)
        spec, reasons = admission.spec, admission.reasons
        assert admission.errors == []
        assert reasons["epochs"].startswith(f"{spec.epochs} for each of {spec.nets} nets") == ("nets" in reasons)
        return spec.nets, spec.epochs, spec.split.folds, "nets" in reasons

    assert choose() == (4, 60, 4, True)
    assert choose(preset="best") == (8, 60, 8, True)
    assert choose(preset="fast") == (1, 100, None, False)
    assert choose(split={"folds": 5, "fold": 1}) == (1, 100, 5, False)
    assert choose(rows=3_000)[:2] == (1, 58)
    assert choose(nets=3) == (3, 100, 3, False)
    wide = [{"type": "conv", "filters": 4}, {"type": "dense", "units": 3_000}, {"type": "dense", "units": 4}]
    assert choose(preset="best", layers=wide)[:2] == (4, 60)
    residual = {"type": "residual", "layers": [{"type": "conv", "filters": 3}]}
    assert choose(layers=[residual, {"type": "dense", "units": 4}])[0] == 1
    learned = admit_job("area", *COLUMNS, PHOTO, rows=1_000, preset="balanced", image={"features": "pretrained"})
    assert (learned.spec.nets, "nets" in learned.reasons) == (1, False)


def test_a_job_keeps_the_reasons_of_its_settings(app: Flask, client: FlaskClient) -> None:
    pictures = client.post("/v1/datasets", data=zip_of(cats_and_dogs(8)), content_type="application/zip").get_json()
    asked = {"dataset_id": pictures["id"], "target": "label", "epochs": 1}

    validated = client.post("/v1/jobs/validate", json=asked).get_json()
    job = client.post("/v1/jobs", json=asked).get_json()

    assert validated["reasons"] == job["reasons"]
    assert job["reasons"]["image.size"] == "28 pixels: as large as they are."
    assert client.get(f"/v1/jobs/{job['id']}").get_json()["reasons"] == job["reasons"]
    assert "epochs" not in job["reasons"]
