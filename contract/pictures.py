"""Responses about pictures: filters of a first layer, feature maps of a picture, and saliency maps over one.

A picture in a response is a PNG file as a `data:` address.
"""

from typing import Annotated, Literal

from pydantic import Field

from contract.responses import PredictedClass, PredictedValue, PredictedValues, ResponseModel
from contract.training_view import ImageLayerNumber, LayerNumber
from learning.nn.activations import ActivationName

PngAddress = Annotated[str, Field(description="A PNG file as an address: data:image/png;base64,…")]


class FiltersBase(ResponseModel):
    """The filters of the first layer that learns from pictures, as pictures of their weights."""

    type: Literal["conv", "dense"] = Field(
        description="The kind of that layer; a unit of a dense one has a weight for each pixel."
    )
    count: int = Field(description="How many filters or units it has.")
    channels: int = Field(description="1 of grey pictures, or 3 of red, green and blue.")
    height: int
    width: int
    largest: float = Field(description="The largest absolute weight of those shown.")
    filters: list[PngAddress] = Field(
        description="The first ones, a pixel for each weight: grey is 0, light positive and dark negative, white or "
        "black as large as `largest`; of three channels in their colours."
    )


class JobFiltersResponse(FiltersBase):
    """The first filters of a job's net after an epoch."""

    object: Literal["job_filters"] = "job_filters"
    job_id: str
    epoch: int = Field(description="0 stands for the weights that it began with.")
    kept_epochs: list[int]


class ModelFiltersResponse(FiltersBase):
    """The first filters of a model."""

    object: Literal["model_filters"] = "model_filters"
    model_id: str
    name: str
    version: int


class FeatureMapLayer(ResponseModel):
    """What a layer makes of a picture: its channels with the largest spread, as grey pictures."""

    layer: ImageLayerNumber
    type: Literal["conv", "pool"]
    channels: int = Field(description="How many it has.")
    height: int
    width: int
    low: float = Field(description="The value that is black.")
    high: float = Field(description="The value that is white, as larger ones are: a hundredth of all.")
    shown: list[int] = Field(description="Which channels are shown, from 0.")
    maps: list[PngAddress] = Field(description="One for each of these, of at most 64 pixels a side.")


class FeatureUnits(ResponseModel):
    """The outputs of a dense layer."""

    layer: LayerNumber
    units: int = Field(description="How many it has.")
    activation: ActivationName
    shown: list[int] = Field(description="Which of them are shown, from 0: those with the largest outputs.")
    values: list[float]


class FeatureMapsBase(ResponseModel):
    """What a net makes of a picture, from its pixels to its prediction."""

    object: Literal["feature_maps"] = "feature_maps"
    column: str = Field(description="The column of the picture.")
    picture: PngAddress = Field(description="The picture as the net sees it.")
    maps: list[FeatureMapLayer]
    dense: list[FeatureUnits]
    prediction: PredictedClass | PredictedValue | PredictedValues


class JobFeatureMapsResponse(FeatureMapsBase):
    """What a job's net made of a picture after an epoch."""

    job_id: str
    epoch: int = Field(description="0 stands for the weights that it began with.")
    kept_epochs: list[int]


class ModelFeatureMapsResponse(FeatureMapsBase):
    """What a model makes of a picture."""

    model_id: str
    name: str
    version: int


class SaliencyMap(ResponseModel):
    """Contributions of the pixels of a picture to a prediction."""

    column: str = Field(description="The column of the picture.")
    image: PngAddress = Field(
        description="To lay over the picture, at the size that the net sees it: blue where pixels raise the output, "
        "amber where they lower it, the clearer the less they do; a hundredth of the pixels is opaque."
    )
    largest: float = Field(description="The largest absolute contribution of a pixel.")
