"""Nets that make features of pictures: the package's in NumPy, any of ONNX, and files that are neither."""

import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.signal import correlate2d
from sklearn.datasets import load_sample_images

from learning.image_features import FeatureNet
from tables import MissingFeatureNet, find_feature_net, load_feature_net, use_net_file
from tables.images.feature_nets import efficientnet, installed
from tables.images.feature_nets.torch_file import UnreadableTensors, read_tensors
from tests.pictures import has_package
from tests.tiny_onnx import expected_features, write_net

ROOT = Path(__file__).parents[4]
PALACE, STUPA, DAISY = 698, 832, 985


@pytest.fixture(autouse=True)
def no_file() -> Iterator[None]:
    yield
    use_net_file(None)


needs_package = pytest.mark.skipif(not has_package(), reason="the extra `images` is not installed")


def name_net(path: Path, data: bytes) -> FeatureNet:
    path.write_bytes(data)
    use_net_file(path)
    return find_feature_net()


def noise(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (3, size, size)).astype(np.uint8)


@pytest.mark.parametrize("shape", [(1, 3, "h", "w"), ("n", 3, 32, 32), (1, "h", "w", 3), (1, 32, 32, 3)])
def test_a_net_of_onnx_makes_features(tmp_path: Path, shape: tuple[int | str, ...]) -> None:
    net = name_net(tmp_path / "net.onnx", write_net(shape))
    pixels = noise(32)

    assert net.features == 5
    assert net.size == (32 if 32 in shape else 224)
    made = load_feature_net(net).compute(pixels)
    np.testing.assert_allclose(made, expected_features(pixels), rtol=1e-4, atol=1e-4)


def test_pixels_are_scaled_as_the_file_says(tmp_path: Path) -> None:
    pixels = noise(16)
    unit = expected_features(pixels)
    for scaling, expected in {
        "bytes": 255 * unit,
        "signed": 2 * unit - expected_features(np.full((3, 1, 1), 255, np.uint8)),
        None: (np.arange(15).reshape(5, 3) - 7)
        @ ((pixels.mean(axis=(1, 2)) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]),
    }.items():
        net = name_net(tmp_path / f"{scaling}.onnx", write_net(scaling=scaling))
        np.testing.assert_allclose(load_feature_net(net).compute(pixels), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no net", "cannot read it"),
        (write_net((1, 4, 32, 32)), "and not pictures"),
        (write_net((1, 3, 32, 16)), "16 x 32"),
        (write_net((1, 3, 512, 512)), "512 x 512"),
        (write_net(scaling="loud"), "one of imagenet, signed, unit, bytes"),
        (write_net(weights=np.full((5, 3), np.nan, np.float32)), "no row of finite numbers"),
    ],
)
def test_what_is_no_net_of_features_is_refused_with_the_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(MissingFeatureNet, match=reason) as refused:
        name_net(tmp_path / "net.onnx", data)
    assert "GRADUS_FEATURE_NET" in str(refused.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    use_net_file(tmp_path / "gone.onnx")
    with pytest.raises(MissingFeatureNet, match=r"gone\.onnx .*No such file"):
        find_feature_net()


def test_features_of_another_net_are_refused_with_what_to_do(tmp_path: Path) -> None:
    old = name_net(tmp_path / "old.onnx", write_net())
    name_net(tmp_path / "new.onnx", write_net(scaling="signed"))
    with pytest.raises(MissingFeatureNet, match=rf"{old.sha256[:16]}.*GRADUS_FEATURE_NET"):
        load_feature_net(old)


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "PACKAGE", "a-package-that-nobody-has")
    installed._find_package_file.cache_clear()
    installed._load_package.cache_clear()
    try:
        with pytest.raises(MissingFeatureNet, match="make setup EXTRAS=images"):
            find_feature_net()
    finally:
        installed._find_package_file.cache_clear()


def test_a_changed_file_of_the_package_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "net.pth"
    changed.write_bytes(pickle.dumps({}))
    monkeypatch.setattr(installed, "_find_package_file", lambda: changed)
    installed._load_package.cache_clear()
    with pytest.raises(MissingFeatureNet, match="not the one that is known"):
        load_feature_net(find_feature_net())


@needs_package
def test_the_package_knows_what_is_on_photographs() -> None:
    """With the classifier that is in its file: numbers of ImageNet's classes."""
    path = installed._find_package_file()
    assert path is not None
    tensors = read_tensors(BytesIO(path.read_bytes()))
    net = load_feature_net(find_feature_net())
    seen: list[set[int]] = []
    for picture in load_sample_images().images:
        side = min(picture.shape[:2])
        square = Image.fromarray(picture).crop((0, 0, side, side)).resize((224, 224))
        features = net.compute(np.asarray(square).transpose(2, 0, 1))
        logits = tensors["_fc.weight"] @ features + tensors["_fc.bias"]
        seen.append(set(np.argsort(-logits)[:5].tolist()))
    assert {PALACE, STUPA} <= seen[0]
    assert DAISY in seen[1], seen


@needs_package
def test_features_of_a_picture_have_the_same_bits_each_time() -> None:
    net = load_feature_net(find_feature_net(32))
    assert (net.compute(noise(32)) == net.compute(noise(32))).all()
    assert net.compute(noise(32)).shape == (net.features,)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("size", [7, 8])
def test_a_convolution_of_each_channel_is_that_of_scipy(size: int, kernel: int, stride: int) -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(size, size, 4)).astype(np.float32)
    layer = efficientnet.FoldedLayer(
        random.normal(size=(kernel, kernel, 4)).astype(np.float32), np.zeros(4, np.float32)
    )

    made = efficientnet._convolve(values, layer, stride)

    missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    padded = np.pad(values, ((missing // 2, missing), (missing // 2, missing), (0, 0)))
    for channel in range(4):
        full = correlate2d(padded[..., channel], layer.weights[..., channel], "valid")
        expected = full[::stride, ::stride][: len(made), : len(made)]
        np.testing.assert_allclose(made[..., channel], np.clip(expected, 0, 6), rtol=1e-4, atol=1e-5)


class _Called:
    """What runs a command when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self._marker,)  # type: ignore[return-value]


def test_nothing_in_a_file_of_tensors_is_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    head = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps({}, 2)
    with pytest.raises(UnreadableTensors, match=r"it calls|instruction"):
        read_tensors(BytesIO(head + pickle.dumps(_Called(marker), 2)))
    assert not marker.exists()


@pytest.mark.parametrize("kept", [0, 5, 100, 1000])
def test_a_file_of_tensors_that_breaks_off_is_refused(kept: int) -> None:
    head = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps({"a": 1}, 2)
    with pytest.raises(UnreadableTensors):
        read_tensors(BytesIO(head[:kept]))


@needs_package
def test_tensors_of_the_package_are_whole() -> None:
    path = installed._find_package_file()
    assert path is not None
    data = path.read_bytes()
    assert hashlib.sha256(data).hexdigest() == installed.PACKAGE_SHA256
    tensors = read_tensors(BytesIO(data))
    assert len(tensors) == 296
    assert all(np.isfinite(tensor).all() for tensor in tensors.values())
    with pytest.raises(UnreadableTensors):
        read_tensors(BytesIO(data[:-100]))


LIMITED = """
import sys
from pathlib import Path

import numpy as np

from process.memory import limit_memory
from tables import find_feature_net, load_feature_net, use_net_file

limit_memory(600 * 2**20)
use_net_file(Path(sys.argv[1]))
net = load_feature_net(find_feature_net())
print(sum(net.compute(np.full((3, size, size), 255, np.uint8)).sum() for size in (256, 240, 272)))
"""
"""A trainer's process with little memory, which an arena that doubles for larger pictures would not have."""


def test_a_net_of_onnx_makes_features_where_memory_is_short(tmp_path: Path) -> None:
    weights = np.full((640, 3), 1 / 1920, np.float32)  # 128 MB of values of a picture
    (tmp_path / "net.onnx").write_bytes(write_net(weights=weights))
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "net.onnx")]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    made = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    assert float(made.stdout) == pytest.approx(3, rel=1e-3)
