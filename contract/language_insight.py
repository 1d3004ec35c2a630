"""Responses about a net that writes: what surprised it in a text, and what its neurons answer to."""

from typing import Literal

from pydantic import Field

from contract.responses import ResponseModel

HeldOutPart = Literal["validation", "test"]


class TokenProbabilityResponse(ResponseModel):
    """A token that was expected at a place."""

    token: str
    probability: float


class SurpriseResponse(ResponseModel):
    """A token of a held-out text that the net hardly expected."""

    token: str = Field(description="The token; a part of a character is written like `<e2>`.")
    probability: float = Field(description="Its probability, given the tokens before it.")
    before: str = Field(description="The text before it.")
    after: str = Field(description="The text after it.")
    expected: list[TokenProbabilityResponse] = Field(description="The three most probable tokens there.")


class SurprisesResponse(ResponseModel):
    """The least expected tokens of a held-out text, the least expected first."""

    object: Literal["list"] = "list"
    data: list[SurpriseResponse]
    has_more: bool
    measured: int = Field(description="The number of tokens among which they are.")


class NeuronLayerResponse(ResponseModel):
    """A dense layer whose neurons can be looked at."""

    layer: int = Field(description="Dense layers are counted from 1 in the net's order.")
    units: int = Field(description="How many neurons it has.")
    activation: str


class NeuronContextResponse(ResponseModel):
    """A stretch of text with what a neuron outputs at each token."""

    tokens: list[str]
    outputs: list[float] = Field(description="What the neuron outputs at each of these tokens.")
    highest: int = Field(description="The place of the highest output among them, from 0.")


class NeuronContextsResponse(ResponseModel):
    """The places of held-out text where a neuron outputs most, the highest first."""

    object: Literal["neuron_contexts"] = "neuron_contexts"
    model_id: str
    name: str
    version: int
    layers: list[NeuronLayerResponse]
    layer: int
    unit: int
    contexts: list[NeuronContextResponse] = Field(description="At most eight, each of another part of the text.")
