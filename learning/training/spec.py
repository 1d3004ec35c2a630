"""`TrainingSpec`: the hyperparameters of a training, with defaults, bounds and descriptions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from annotated_types import Ge, Gt, Le, MaxLen

from learning.data.split_spec import SplitSpec
from learning.descriptions import describe
from learning.encoding.embedding_spec import DEFAULT_EMBEDDING, EmbeddingSpec
from learning.encoding.numeric_spec import DEFAULT_NUMERIC, NumericSpec
from learning.language.spec import DEFAULT_LANGUAGE, LanguageSpec
from learning.nn.layers import Dense, Layer
from learning.nn.losses import LOSS_DESCRIPTIONS, LossChoice
from learning.optim import Adam, Optimizer
from learning.optim.schedules import Constant, Schedule
from learning.training.image_spec import DEFAULT_IMAGE, ImageSpec


@dataclass(frozen=True, kw_only=True)
class EarlyStopping:
    """Early stopping: stop when the validation loss hasn't improved for `patience` epochs; of choices the ndcg."""

    patience: Annotated[int, Ge(1), Le(100_000)] = field(
        default=10, metadata=describe("Epochs without improvement before training stops.")
    )
    min_delta: Annotated[float, Ge(0.0)] = field(
        default=0.0,
        metadata=describe("Smallest fall of the loss, or rise of the selection metric, that counts as improvement."),
    )


Epochs = Annotated[int, Ge(1), Le(1_000_000)]
BatchSize = Annotated[int, Ge(1), Le(1_000_000)]
WeightDecay = Annotated[float, Ge(0.0), Le(10.0)]
ClipNorm = Annotated[float, Gt(0.0)]
Seed = Annotated[int, Ge(0), Le(2**53 - 1)]
MAX_NETS: Final = 20
Nets = Annotated[int, Ge(1), Le(MAX_NETS)]


@dataclass(frozen=True, kw_only=True)
class TrainingSpec:
    """The hyperparameters of a training; a job's spec takes its fields, defaults and descriptions from here.

    Attributes:
        warm_start: Whether it begins with a model's weights.
    """

    layers: Annotated[tuple[Layer, ...], MaxLen(64)] = field(
        default=(Dense(units=64), Dense(units=64)),
        metadata=describe("Hidden layers; the output layer follows from the target. Empty: a linear model."),
    )
    nets: Nets = field(
        default=1,
        metadata=describe(
            "Ensemble: how many nets are trained and become one model, whose logits are the mean of theirs. Each is "
            "validated on one fold, up to ten nets each on its own, so that every row is measured by nets that did not "
            "learn from it; with `split.order_by`, `split.column` or another share of validation rows all hold the "
            "same rows out and differ by their seeds alone."
        ),
    )
    loss: LossChoice = field(
        default="auto",
        metadata=describe(
            "Loss: what training minimises. `auto`: mse for regression and recommendation, cross_entropy for "
            "classification.",
            LOSS_DESCRIPTIONS,
        ),
    )
    optimizer: Optimizer = field(
        default=Adam(), metadata=describe("Optimizer: how a gradient becomes a step of the weights.")
    )
    schedule: Schedule = field(
        default=Constant(), metadata=describe("Learning rate schedule: how the rate changes from epoch to epoch.")
    )
    epochs: Epochs = field(default=100, metadata=describe("Epochs: passes over all training rows, at most."))
    batch_size: BatchSize = field(
        default=32, metadata=describe("Batch size: rows per step. Small batches: more and noisier steps.")
    )
    early_stopping: EarlyStopping | None = field(
        default=EarlyStopping(), metadata=describe("When to stop early; null: train all epochs.")
    )
    embedding: EmbeddingSpec = field(
        default=DEFAULT_EMBEDDING,
        metadata=describe("Embeddings: which columns' values get a vector each that is learned, and of what length."),
    )
    numeric: NumericSpec = field(
        default=DEFAULT_NUMERIC, metadata=describe("Numbers: whether bins encode each column of them, too.")
    )
    image: ImageSpec = field(
        default=DEFAULT_IMAGE,
        metadata=describe("Pictures, where a column has images: how the net sees them."),
    )
    language: LanguageSpec = field(
        default=DEFAULT_LANGUAGE,
        metadata=describe("Language, where a net learns to write: how it reads the text."),
    )
    split: SplitSpec = field(default=SplitSpec(), metadata=describe("The rows that are held out."))
    weight_decay: WeightDecay = field(
        default=0.0, metadata=describe("Weight decay (L2): pulls weights towards zero, against overfitting.")
    )
    gradient_clip_norm: ClipNorm | None = field(
        default=None, metadata=describe("Gradient clipping: scale a gradient longer than this down to it.")
    )
    class_weights: Literal["balanced"] | Mapping[str, float] | None = field(
        default=None,
        metadata=describe(
            "Class weights: how much an error on each class counts; `balanced`: inversely to its frequency."
        ),
    )
    seed: Seed = field(
        default=0, metadata=describe("Seed of all randomness: the same spec, data and seed give the same net.")
    )
    warm_start: bool = False
