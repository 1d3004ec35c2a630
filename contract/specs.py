"""Requests, validated, with every default: `UploadOptions` of a table, `JobSpec` of a training."""

import codecs
from difflib import get_close_matches
from encodings.aliases import aliases
from functools import cached_property
from typing import Annotated, Any, Final, Literal

from annotated_types import MaxLen
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from learning.column_format import MAX_MARKERS, DateOrder, DecimalStyle
from learning.data.split_spec import SplitSpec
from learning.encoding.embedding_spec import EmbeddingSpec
from learning.encoding.numeric_spec import NumericSpec
from learning.language.spec import LanguageSpec
from learning.nn.layers import Layer
from learning.nn.losses import LossChoice
from learning.optim import Optimizer
from learning.optim.schedules import Schedule
from learning.tasks.regression import DEFAULT_QUANTILES
from learning.tasks.task import MAX_QUANTILES, MAX_TARGETS, Quantile
from learning.training.image_spec import ImageSpec
from learning.training.recipe import DEFAULT_PRESET, PRESETS, Preset
from learning.training.spec import (
    BatchSize,
    ClipNorm,
    EarlyStopping,
    Epochs,
    Nets,
    Seed,
    TrainingSpec,
    WeightDecay,
)

ONE_LINE_PATTERN: Final = r"^[^\x00-\x1f\x7f]*$"
FREE_TEXT_PATTERN: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
DATASET_ID_PATTERN: Final = r"^ds_[0-9a-hjkmnp-tv-z]{26}$"
JOB_ID_PATTERN: Final = r"^job_[0-9a-hjkmnp-tv-z]{26}$"
PREDICTION_ID_PATTERN: Final = r"^prd_[0-9a-hjkmnp-tv-z]{26}$"
PATTERN_RULES: Final = {
    ONE_LINE_PATTERN: "must be one line, without control characters",
    FREE_TEXT_PATTERN: "must have no control characters but tabs and line breaks",
    NAME_PATTERN: "must be up to 63 letters from a to z, digits, dots, dashes and underscores, and begin with a letter "
    "or digit",
    DATASET_ID_PATTERN: "must be the id of a dataset: ds_ and 26 letters and digits",
    JOB_ID_PATTERN: "must be the id of a job: job_ and 26 letters and digits",
    PREDICTION_ID_PATTERN: "must be the id of a recorded prediction: prd_ and 26 letters and digits",
}
"""Each pattern in words."""

OneLine = Annotated[str, StringConstraints(pattern=ONE_LINE_PATTERN)]
"""Text without control characters, and so on one line."""
FreeText = Annotated[str, StringConstraints(pattern=FREE_TEXT_PATTERN)]
"""Text without control characters other than tabs and line breaks."""
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
ColumnName = Annotated[OneLine, StringConstraints(min_length=1, max_length=256)]
DatasetId = Annotated[str, StringConstraints(pattern=DATASET_ID_PATTERN)]
ClassWeights = Literal["balanced"] | dict[OneLine, Annotated[float, Field(gt=0.0)]]
Tag = Annotated[OneLine, StringConstraints(max_length=256)]
Tags = dict[Annotated[OneLine, StringConstraints(min_length=1, max_length=64)], Tag]
"""Tags, values by name."""
RowToPredict = dict[str, bool | int | float | FreeText | None]
"""The cells of a row by column."""


class StrictModel(BaseModel):
    """The base of request bodies: no unknown fields, no coercion, no NaN, frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


def _check_encoding(name: str) -> str:
    """The codec's own name of an encoding of text.

    Raises:
        ValueError: there is no such encoding, or it is one of names or of source code.
    """
    try:
        "".encode(name)
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        codec = ""
    if not codec or codec in NO_FILE_ENCODINGS:
        known = {*aliases, *(codec.replace("_", "-") for codec in aliases.values())} - NO_FILE_ENCODINGS
        near = get_close_matches(name.lower(), sorted(known), 3, 0.7)
        shown = f"{', '.join(near)}, or others such as {EXAMPLE_ENCODINGS}" if near else EXAMPLE_ENCODINGS
        raise ValueError(f"must be an encoding of text such as {shown}; '{name}' is not known")
    return codec


NO_FILE_ENCODINGS: Final = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"})
EXAMPLE_ENCODINGS: Final = "utf-8, windows-1252, shift_jis, gb18030 or utf-16-le"
MAX_MARKER_LENGTH: Final = 100
MAX_HEADER_LINE: Final = 1_000_000

MissingValue = Annotated[OneLine, StringConstraints(max_length=MAX_MARKER_LENGTH)]
EncodingName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,39}$"), AfterValidator(_check_encoding)
]
SheetName = Annotated[OneLine, StringConstraints(min_length=1, max_length=255)]
SheetNumber = Annotated[int, Field(ge=1, le=10_000)]


class CellOptions(StrictModel):
    """How the cells of a table are written, where that is not to be inferred; `types` are given beside it."""

    missing_values: Annotated[list[MissingValue], Field(max_length=MAX_MARKERS, fail_fast=True)] | None = Field(
        default=None, description="The only texts that stand for a missing value, besides empty cells; any case."
    )
    decimal: DecimalStyle | None = Field(
        default=None, description="The decimal sign of all numbers; the other one separates thousands."
    )
    dates: DateOrder | None = Field(
        default=None, description="Whether the day or the month is first in dates such as 3/4/2019."
    )


class UploadOptions(CellOptions):
    """How a file is to be read, where that is not to be inferred from it."""

    header_line: int | None = Field(
        default=None,
        ge=0,
        le=MAX_HEADER_LINE,
        description="The line with the names of the columns, counted from 1; 0: there is none.",
    )
    encoding: EncodingName | None = Field(
        default=None, description="The encoding of text, such as `shift_jis`; also as the Content-Type's charset."
    )
    sheet: SheetNumber | SheetName | None = Field(
        default=None, description="The sheet of a workbook, by name or by number from 1; by default the first."
    )


def _check_ascending(quantiles: list[float]) -> list[float]:
    """The quantiles.

    Raises:
        ValueError: they are not ascending.
    """
    if quantiles != sorted(set(quantiles)):
        raise ValueError("must be ascending, and each be there once")
    return quantiles


Quantiles = Annotated[list[Quantile], AfterValidator(_check_ascending)]

DEFAULTS: Final = TrainingSpec()


def _training_field(name: str) -> Any:
    """The field of that name of a `TrainingSpec`, with its default and description."""
    field = TrainingSpec.__dataclass_fields__[name]
    return Field(default=list(DEFAULTS.layers) if name == "layers" else field.default, **field.metadata)


class StartFrom(StrictModel):
    """Warm start: whose weights to begin with, a job's or a model's."""

    job_id: Annotated[str, StringConstraints(pattern=JOB_ID_PATTERN)] | None = Field(
        default=None, description="The job whose model to begin with."
    )
    model: Annotated[str, StringConstraints(min_length=1, max_length=160)] | None = Field(
        default=None, description="The model to begin with, by its id, name, `name:3` or `name@alias`."
    )
    epoch: int | None = Field(default=None, ge=1, description="An epoch whose weights are kept; by default the best.")


class JobSpec(StrictModel):
    """A request to train a net.

    It needs `dataset_id`, and `target` or `targets`; to recommend, `user` and `item`; to learn to write, `text`.
    """

    dataset_id: DatasetId = Field(description="The dataset to learn from.")
    target: ColumnName | None = Field(
        default=None,
        description="The column to predict. For recommendation that of the ratings; left out, null, or the same as "
        "`item`, every row is something that the user chose.",
    )
    targets: Annotated[list[ColumnName], Field(fail_fast=True)] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_TARGETS,
        description="Instead of `target`: several columns of numbers to predict at once, by one net. Rows that lack "
        "one of them are left out.",
    )
    user: ColumnName | None = Field(default=None, description="Recommendation: the column that says who.")
    item: ColumnName | None = Field(default=None, description="Recommendation: the column that says what.")
    text: ColumnName | None = Field(
        default=None, description="Language: the column of the text, whose rows are its lines in their order."
    )
    model_name: Name | None = Field(None, description="The model's name; by default the dataset's, without its ending.")
    features: Annotated[list[ColumnName], Field(fail_fast=True)] | None = Field(
        default=None, min_length=1, description="The columns to predict from; by default all but the target."
    )
    task: Literal["auto", "regression", "classification", "recommendation", "language"] = Field(
        default="auto",
        description="`auto` follows the target: a number is regression, unless there are at most 20 different whole "
        "numbers that all repeat, which are classes; anything else is classification. `/v1/jobs/validate` tells which. "
        "`recommendation` learns who likes what, and takes `user` and `item`; `language` learns to write, and takes "
        "`text`.",
    )
    preset: Preset = Field(
        default=DEFAULT_PRESET,
        description="What is chosen, for a table, where this says nothing of it: `nets`, `layers`, `numeric`, "
        "`batch_size` and `optimizer`. The job says what was chosen and why.",
        json_schema_extra={"x-enumDescriptions": {**PRESETS}},
    )
    layers: Annotated[list[Annotated[Layer, Field(discriminator="type")]], MaxLen(64)] = _training_field("layers")
    nets: Nets = _training_field("nets")
    loss: LossChoice = _training_field("loss")
    quantiles: Quantiles | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_QUANTILES,
        description="With the loss `quantile`: the quantiles to predict of each number, ascending, above 0 and below "
        "1; by default 0.05, 0.5 and 0.95, between the outer two of which 90 of 100 values should be.",
    )
    optimizer: Annotated[Optimizer, Field(discriminator="type")] = _training_field("optimizer")
    schedule: Annotated[Schedule, Field(discriminator="type")] = _training_field("schedule")
    epochs: Epochs = _training_field("epochs")
    batch_size: BatchSize = _training_field("batch_size")
    early_stopping: EarlyStopping | None = _training_field("early_stopping")
    time_limit_seconds: float | None = Field(
        default=None,
        gt=0.0,
        le=1e9,
        description="End with the best epoch so far once workers have had the job for so long, all attempts together, "
        "without the time that it waited or was paused. null: no limit.",
    )
    embedding: EmbeddingSpec = _training_field("embedding")
    numeric: NumericSpec = _training_field("numeric")
    image: ImageSpec = _training_field("image")
    language: LanguageSpec = _training_field("language")
    split: SplitSpec = _training_field("split")
    weight_column: ColumnName | None = Field(
        default=None,
        description="A numeric column that says how much each row counts in the loss and in the metrics, relative to "
        "the others: 0 or more, and a row of 0 is left out. It is not learned from.",
    )
    weight_decay: WeightDecay = _training_field("weight_decay")
    gradient_clip_norm: ClipNorm | None = _training_field("gradient_clip_norm")
    class_weights: ClassWeights | None = _training_field("class_weights")
    seed: Seed = _training_field("seed")
    start_from: StartFrom | None = Field(
        default=None,
        description="Warm start: begin with a model's weights and encoding of columns, on the same or other rows.",
    )
    tags: Tags = Field(
        default={},
        max_length=32,
        description="Names and values of your own, to find the job by; those that it has now are the job's `tags`.",
    )
    tracking: bool | None = Field(
        default=None,
        description="Whether the job is logged to the MLflow server that the operator named: its settings, every epoch "
        "and the model. null: if there is one.",
    )

    @property
    def rating_column(self) -> str | None:
        """Recommendation: the column of ratings; None if every row is a choice."""
        return None if self.target == self.item else self.target

    @property
    def target_names(self) -> tuple[str, ...]:
        """The columns to predict; none before admission found that one is missing."""
        return tuple(self.targets or ()) if self.target is None else (self.target,)

    @property
    def predicted_quantiles(self) -> tuple[float, ...]:
        """The quantiles to predict; none with any other loss."""
        return tuple(self.quantiles or DEFAULT_QUANTILES) if self.loss == "quantile" else ()

    @cached_property
    def training(self) -> TrainingSpec:
        """The hyperparameters, for the trainer and the diagnosis."""
        values: dict[str, Any] = {name: getattr(self, name) for name in _TRAINING_NAMES}
        values |= {"layers": tuple(self.layers), "warm_start": self.start_from is not None}
        return TrainingSpec(**values)


_TRAINING_NAMES: Final = TrainingSpec.__dataclass_fields__.keys() & JobSpec.model_fields.keys()
