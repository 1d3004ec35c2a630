"""What a net looks for in pictures and makes of one, drawn: filters, channels of its layers, and dense outputs."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, RootModel

from contract.pictures import FeatureMapLayer, FeatureUnits
from contract.specs import RowToPredict
from learning.encoding.table import TableEncoder
from learning.errors import NotForTask
from learning.frame import Frame
from learning.insight.feature_maps import compute_feature_maps, find_first_filters
from learning.insight.layer_numbers import number_layers
from learning.model_header import ModelHeader
from learning.nn.net import NeuralNet
from service.drawings import draw_values, to_address
from service.http.pagination import Query
from service.picture_bodies import FORM, IMAGES, JSON

MAX_MAP_SIDE: Final = 64
MAX_UNITS: Final = 64
MAX_FILTERS: Final = 64
WHITE_PERCENTILE: Final = 99.0
"""Values of a layer above this percentile are white, so that a few do not leave all others dark."""
BODIES: Final = (JSON, *IMAGES, FORM)
"""The media types of what is looked at."""


class PictureRow(RootModel[RowToPredict]):
    """A row with a picture as a cell of base64, best as a `data:` address."""


class MapsQuery(Query):
    """How much of each layer is shown."""

    channels: int = Field(default=16, ge=1, le=64, description="How many channels of each layer are shown at most.")


def require_image_column(header: ModelHeader) -> str:
    """The name of the column of pictures.

    Raises:
        NotForTask: the net sees none.
    """
    image = header.inputs.image_encoder if isinstance(header.inputs, TableEncoder) else None
    if image is None and any(column.feature_net for column in header.input_columns):
        raise NotForTask(
            "This net sees no pixels: a net that others trained makes features of each picture, from which it learned.",
            "Train one without image.features to see what it looks at.",
        )
    if image is None:
        raise NotForTask("This net sees no pictures.", "Train one on a dataset with a column of pictures.")
    return image.name


def draw_filters(net: NeuralNet) -> dict[str, Any]:
    """The fields of `FiltersBase` for a net that sees pictures."""
    found = find_first_filters(net)
    shown = np.nan_to_num(found.weights[:MAX_FILTERS])
    largest = float(np.abs(shown).max(initial=0.0))
    count, channels, height, width = found.weights.shape
    return {
        "type": found.type,
        "count": count,
        "channels": channels,
        "height": height,
        "width": width,
        "largest": largest,
        "filters": [to_address(draw_values(weights, -largest, largest)) for weights in shown],
    }


def draw_feature_maps(header: ModelHeader, net: NeuralNet, row: Frame, channels: int) -> dict[str, Any]:
    """The fields of `FeatureMapsBase` for a row, with at most so many channels of each layer."""
    arrays = header.inputs.encode_arrays(row)
    if arrays.images is None:
        raise ValueError("the row has no picture")
    found, numbers = compute_feature_maps(net, arrays), number_layers(net)
    (prediction,) = header.decode(net.forward(*arrays)).list_rows()  # to the bits of predict
    return {
        "column": require_image_column(header),
        "picture": to_address(draw_values(arrays.images[0], 0.0, 255.0)),
        "maps": [
            _draw_layer(number, kind, values, channels)
            for number, (kind, values) in zip(numbers.image, found.maps, strict=True)
        ],
        "dense": [
            _list_units(number, layer.activation, values)
            for number, layer, values in zip(numbers.dense, net.dense_layers, found.units, strict=True)
        ],
        "prediction": prediction,
    }


def _draw_layer(number: int | None, kind: str, values: NDArray[np.floating], channels: int) -> FeatureMapLayer:
    values = np.nan_to_num(values)
    count, height, width = values.shape
    shown = _find_largest(values.reshape(count, -1).std(axis=1) if height * width > 1 else values[:, 0, 0], channels)
    low, high = min(float(values.min()), 0.0), float(np.percentile(values, WHITE_PERCENTILE))
    return FeatureMapLayer.model_validate(
        {
            "layer": number,
            "type": kind,
            "channels": count,
            "height": height,
            "width": width,
            "low": low,
            "high": high,
            "shown": shown,
            "maps": [to_address(draw_values(values[channel], low, high, MAX_MAP_SIDE)) for channel in shown],
        }
    )


def _list_units(number: int, activation: str, values: NDArray[np.floating]) -> FeatureUnits:
    values = np.nan_to_num(values)
    shown = _find_largest(np.abs(values), MAX_UNITS)
    return FeatureUnits.model_validate(
        {
            "layer": number,
            "units": len(values),
            "activation": activation,
            "shown": shown,
            "values": [float(values[unit]) for unit in shown],
        }
    )


def _find_largest(sizes: NDArray[np.floating], count: int) -> list[int]:
    """The places of the largest, ascending; ties go to the first."""
    return np.sort(np.argsort(-sizes, kind="stable")[:count]).tolist()
