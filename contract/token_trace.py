"""Request and response about one training step of a net that writes, on one token of a text."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contract.responses import ResponseModel
from contract.specs import FreeText, StrictModel
from contract.training_view import Epoch, NullableFloats, TracedUpdate
from learning.nn.activations import ActivationName

MAX_TEXT_CHARACTERS = 100_000


class TokenTraceRequest(StrictModel):
    """A text, and the epoch whose net is to be traced."""

    text: Annotated[FreeText, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARACTERS)] = Field(
        description="The text. Its last token is what the net is to expect, from those before it."
    )
    epoch: Literal["latest"] | Epoch = Field(default="latest", description="One of the kept ones.")


class TracedToken(ResponseModel):
    """A token of the text."""

    id: int = Field(description="Its number in the vocabulary.")
    token: str = Field(description="The token; a part of a character is written like `<e2>`.")


class TracedRun(ResponseModel):
    """The vector of several tokens in a row."""

    length: int = Field(description="How many tokens in a row have it, the last of those that are read.")
    values: NullableFloats


class TracedEmbedding(ResponseModel):
    """How the vector of the last token that is read comes about: a sum. The first numbers of each are shown."""

    token_vector: NullableFloats = Field(description="What is learned for this token.")
    position_vector: NullableFloats | None = Field(
        description="What is learned for its position; null where attention sees how far away tokens are."
    )
    runs: list[TracedRun] = Field(description="What is learned for pairs, triples, … of tokens that end here.")
    gradient: NullableFloats = Field(description="How the loss would grow with each number of the token's vector.")


class TracedTokenLayer(ResponseModel):
    """What a layer makes of the last token that is read. The first numbers of vectors are shown."""

    type: Literal["embedding", "norm", "attention", "dense", "residual"]
    layer: int | None = Field(description="Dense layers are counted from 1 in the net's order; null for others.")
    block: int | None = Field(
        description="The residual connection that it is, or is in, counted from 1; null for others. The connection "
        "itself comes after its layers, and adds what they make to what came in."
    )
    units: int = Field(description="How many numbers it makes.")
    activation: ActivationName | None = Field(description="Of a dense layer.")
    outputs: NullableFloats
    output_gradients: NullableFloats = Field(description="How the loss would grow with each of them.")
    attention: list[NullableFloats] | None = Field(
        description="Of an attention layer: for each head, how much it looks at each of `tokens`; these sum to 1."
    )
    weight_norm: float | None = Field(description="The length of its parameters; null if it has none of its own.")
    gradient_norm: float | None = Field(description="The length of the gradient by them.")


class TracedLogit(ResponseModel):
    """What the net expects of a token."""

    id: int
    token: str
    logit: float | None = Field(description="The output layer's sum.")
    probability: float | None = Field(description="What the softmax makes of it.")
    gradient: float | None = Field(
        description="How the loss would grow with the logit: its probability, less 1 for the token that follows."
    )


class TracedTerm(ResponseModel):
    """A term of the logit of the token that follows: a feature times its weight."""

    feature: int = Field(description="The feature, from 0: what the output layer reads.")
    value: float | None
    weight: float | None
    gradient: float | None = Field(description="How the loss would grow with the weight.")


class TokenTraceResponse(ResponseModel):
    """One step of training on one token: forward, the error, and back."""

    object: Literal["token_trace"] = "token_trace"
    job_id: str
    epoch: int
    kept_epochs: list[int] = Field(description="The epochs whose nets can be traced; 0 stands for the beginning.")
    tokens: list[TracedToken] = Field(description="What is read: at most as many as the net's context.")
    expected: TracedToken = Field(description="The token that follows.")
    vocabulary: int = Field(description="Among how many tokens it is.")
    context: int = Field(description="How many tokens the net sees at most.")
    embedding: TracedEmbedding
    layers: list[TracedTokenLayer] = Field(description="All layers in the order of the forward pass.")
    terms: list[TracedTerm] = Field(
        description="The largest terms of the logit of the token that follows, the largest first."
    )
    features: int = Field(description="How many terms there are.")
    bias: float | None = Field(description="What is added to them.")
    bias_gradient: float | None = Field(description="How the loss would grow with it.")
    logits: list[TracedLogit] = Field(
        description="The most probable tokens, the most probable first; then the one that follows, if not among them."
    )
    loss: float | None = Field(description="Minus the natural logarithm of the probability of the token that follows.")
    update: TracedUpdate
    warnings: list[str] = Field(description="Characters that the net never saw, and tokens before those that it sees.")
