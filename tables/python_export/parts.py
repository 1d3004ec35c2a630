"""What the Python file of a model consists of, by the kind of the model: modules, and how they are used."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from numpy.typing import NDArray

from learning.errors import NotExportable
from learning.image_features import FeatureNet
from learning.model import Model
from tables.images.feature_nets import MissingFeatureNet, read_package_tensors
from tables.python_export import language_entry, recommendation_entry, table_entry
from tables.python_export.cells import feature_cell, picture_cell

USE: Final = """Written by Gradus. It needs Python 3.11 or newer{needs}:

    python FILE.py {arguments}

and in a program, after `import FILE`, `FILE.{name}({given})`; help(FILE.{name}) says more.
"""
LICENCE: Final = """
The net that makes features of pictures is EfficientNet-Lite0 (Apache License 2.0).
"""


@dataclass(frozen=True)
class FileParts:
    """The parts of a file.

    Attributes:
        modules: What it offers, and what that needs.
        pictures: The name of the class by which it sees pictures; None of a model that sees none.
        tensors: The tensors of the net that makes features of pictures, if one does.
        use: How it is used, as a text.
    """

    modules: tuple[ModuleType, ...]
    use: str
    pictures: str | None = None
    tensors: Mapping[str, NDArray[Any]] | None = None


def choose_parts(model: Model, others: str) -> FileParts:
    """The parts of the file of a model; `others` names other formats.

    Raises:
        NotExportable: it sees pictures by a net that cannot be in a file.
    """
    if model.writer is not None:
        use = USE.format(needs=" and NumPy", arguments='"A prompt"', name="generate", given='"A prompt"')
        return FileParts((language_entry,), use)
    rows = '[{"column": cell, ...}]'
    if model.image_shapes:
        use = USE.format(needs=", NumPy and Pillow", arguments="--pictures *.jpg", name="predict", given=rows)
        feature_net = next((column.feature_net for column in model.inputs if column.feature_net is not None), None)
        if feature_net is None:
            return FileParts((table_entry, picture_cell), use, "Pictures")
        tensors = _find_tensors(feature_net, others)
        return FileParts((table_entry, feature_cell), use + LICENCE, "FeaturePictures", tensors)
    needs = " and nothing else, and is faster with NumPy"
    use = USE.format(needs=needs, arguments="rows.csv > predictions.csv", name="predict", given=rows)
    return FileParts((table_entry if model.recommender is None else recommendation_entry,), use)


def _find_tensors(feature_net: FeatureNet, others: str) -> Mapping[str, NDArray[Any]]:
    try:
        tensors = read_package_tensors(feature_net)
    except MissingFeatureNet as fault:
        raise NotExportable(f"{fault.detail} {fault.advice}", others) from fault
    if tensors is None:
        raise NotExportable(
            "The features of its pictures are made by a net that the operator named, as a file of ONNX, and only a "
            "file of ONNX can have it.",
            others,
        )
    return tensors
