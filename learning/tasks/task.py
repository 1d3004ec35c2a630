"""The protocol of tasks: what is learned from a target, how it is encoded, and what a net's outputs stand for.

A `TargetReader` reads the target of each row of a table, before it is known which rows are training rows. The `Target`
that it fits to them is kept in the model; whoever needs to know what logits mean asks it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.errors import LearningError
from learning.frame import Frame
from learning.nn.losses import Loss, LossChoice, LossName, create_loss
from learning.tasks.evaluation import Evaluation
from learning.tasks.task_guess import TaskName

Values = NDArray[np.float64] | NDArray[np.int64]
"""The targets of rows: numbers with NaN where missing, or class numbers with -1."""

BaselineName = Literal["mean", "most_frequent_class", "linear", "logistic", "levels", "popularity", "linear_items"]


@dataclass(frozen=True)
class RowPrediction:
    """A predicted class with its probability and those of the twenty most probable, or a number in its units."""

    predicted: str | float
    confidence: float | None = None
    probabilities: dict[str, float] | None = None


class Predictions(ABC):
    """A model's predictions of rows: finite numbers, and for each row the form in which they are told.

    Attributes:
        numbers: All numbers of each row, float64 (rows, numbers).
        labels: The predicted labels that there may be, in the order of their numbers; empty for numbers.
    """

    numbers: NDArray[np.float64]
    labels: tuple[str, ...]

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The names of these numbers, as columns of a table."""

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def choices(self) -> NDArray[np.intp]:
        """The number of the label of each row (rows,); 0 where there are no labels."""
        return np.zeros(len(self), np.intp)

    @abstractmethod
    def describe_row(self, choice: int, numbers: Sequence[Any]) -> dict[str, Any]:
        """The prediction of a row as JSON, from the number of its label and its numbers, or what takes their place."""

    @abstractmethod
    def list_predicted(self) -> Sequence[str | float]:
        """What is predicted of each row, in one value: a label or a number."""

    def list_rows(self) -> list[dict[str, Any]]:
        """The prediction of each row as JSON."""
        return [self.describe_row(*row) for row in zip(self.choices.tolist(), self.numbers.tolist(), strict=True)]


class TargetReader(ABC):
    """How the target of each row is read from its column; made by looking at all of it.

    Attributes:
        name: The name of the column.
        labels: The labels that occur in it, sorted; empty for numbers.
        labelled_rows: The number of rows that have a target.
    """

    name: str
    labels: tuple[str, ...]
    labelled_rows: int

    @abstractmethod
    def read_values(self, frame: Frame) -> Values:
        """The target of each row of a frame (rows,)."""

    @abstractmethod
    def strata(self, values: Values) -> NDArray[np.int64]:
        """The stratum of each row (rows,), by which a split is stratified; -1 where it has no target."""

    @abstractmethod
    def find_learned(self, train_values: Values) -> NDArray[np.bool_]:
        """Which labels have a training row (labels,)."""

    @abstractmethod
    def fit(self, train_values: Values) -> "Target":
        """The target, fitted to the training rows."""


@dataclass(frozen=True, kw_only=True)
class Target(ABC):
    """A target as a net learns it: its encoding, fitted to training rows, and the meaning of the net's outputs.

    Subclasses are frozen dataclasses, whose fields are the model's header in JSON.

    Attributes:
        task: The task.
        judges_rows: Whether each row of the net is one of the table, of which insights can tell.
        losses: The losses that fit, the default first.
        baselines: The names of the baselines: a constant prediction, and a linear model.
        column_type: The type of the target's column.
        labels: The classes; empty for numbers.
        outputs: The number of outputs of the net.
        columns: The number of encoded targets of a row.
    """

    task: TaskName
    judges_rows: ClassVar[bool] = True
    losses: ClassVar[tuple[LossName, ...]]
    baselines: ClassVar[tuple[BaselineName, BaselineName]]
    column_type: ClassVar[Literal["numeric", "categorical"]]
    columns: ClassVar[int] = 1
    values_dtype: ClassVar[DTypeLike]

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes; empty for numbers."""
        return ()

    @property
    @abstractmethod
    def outputs(self) -> int:
        """The number of outputs of the net."""

    @abstractmethod
    def create_reader(self, name: str, labelled_rows: int) -> TargetReader:
        """A reader of a column as this target learned it; what it did not learn has no target."""

    @abstractmethod
    def check_reader(self, reader: TargetReader) -> None:
        """Check that a net with this target can go on with another table.

        Raises:
            ImpossibleTarget: it cannot.
        """

    @abstractmethod
    def shape(self, rows: int) -> tuple[int, ...]:
        """The shape of so many encoded targets; their dtype is `values_dtype`."""

    @abstractmethod
    def encode(self, values: Values) -> Values:
        """Encode the targets of rows that a reader read, with all digits, for the metrics."""

    @abstractmethod
    def check_encoded(self, y: NDArray[np.generic]) -> None:
        """Check encoded targets.

        Raises:
            ValueError: they cannot be.
        """

    def create_loss(self, name: LossChoice) -> Loss:
        """The loss of that name; "auto" is the default.

        Raises:
            LearningError: it does not fit the target.
        """
        chosen = self.losses[0] if name == "auto" else name
        if chosen not in self.losses:
            fitting = ", ".join(self.losses)
            raise LearningError(f"The loss {name!r} does not fit {self.task}.", f"Use {fitting}, or 'auto'.")
        return create_loss(chosen, len(self.labels))

    def resolve_class_weights(
        self,
        spec: Literal["balanced"] | Mapping[str, float] | None,
        y: NDArray[np.generic],
    ) -> NDArray[np.float64] | None:
        """The weight of each class in the loss (classes,); None if all weigh the same.

        "balanced" weighs each class inversely to its frequency in y; a class that a mapping does not name weighs 1.

        Raises:
            LearningError: the mapping names an unknown class, or the target is a number.
        """
        if spec is not None:
            raise LearningError("class_weights are for classes, and the target is a number.", "Leave them out.")
        return None

    @abstractmethod
    def decode(self, logits: NDArray[np.floating]) -> Predictions:
        """The predictions that logits (rows, outputs) stand for."""

    @abstractmethod
    def compute_metrics(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> dict[str, float | None]:
        """The metrics of logits (rows, outputs) for encoded targets; None where one is undefined.

        With weights (rows,) each row counts as often as its weight says.
        """

    @abstractmethod
    def evaluate(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        losses: NDArray[np.float64],
        weights: NDArray[np.floating] | None,
        shares: NDArray[np.float64] | None,
    ) -> Evaluation:
        """The errors of logits (rows, outputs) for encoded targets of at least one row, and their losses (rows,).

        `shares` (classes,) are those of the classes among the training rows.
        """

    @abstractmethod
    def constant_logits(
        self, y: NDArray[np.generic], weights: NDArray[np.floating] | None = None
    ) -> NDArray[np.float64]:
        """The logits (outputs,) of the best constant prediction."""

    def predict_baselines(
        self,
        train_y: NDArray[np.generic],
        measured_y: NDArray[np.generic],
    ) -> Mapping[BaselineName, NDArray[np.float64]] | None:
        """The logits of measured rows by two baselines of the task's own; None: a constant and a linear model."""
        return None

    @abstractmethod
    def fit_linear_model(
        self, x: NDArray[np.float64], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> NDArray[np.float64]:
        """The weights (inputs, outputs) of a linear model of x (rows, inputs), whose last input is 1."""

    @abstractmethod
    def spread(self, y: NDArray[np.generic]) -> NDArray[np.float64]:
        """Encoded targets as numbers (rows, n) that a model of least squares can learn."""

    @abstractmethod
    def explained_share(
        self, predicted: NDArray[np.float64], y: NDArray[np.float64], guess: NDArray[np.float64]
    ) -> float:
        """The share that predictions (rows, n) of `spread` targets avoid of the error of always predicting `guess`."""

    def count_labels(self, y: NDArray[np.generic]) -> dict[str, int]:
        """The number of rows of each class; none for numbers."""
        if not self.labels:
            return {}
        counts: list[int] = np.bincount(y.astype(np.intp), minlength=len(self.labels)).tolist()
        return dict(zip(self.labels, counts, strict=True))

    @abstractmethod
    def name_outputs(self, name: str) -> list[str]:
        """What the net's outputs stand for, in a target column of this name."""

    @abstractmethod
    def describe_expected(self, cell: Any, y: Any) -> Any:
        """A row's target for a person, from its cell in the table and its encoded target."""

    # What is said about single rows

    @abstractmethod
    def scalar_values(self, logits: NDArray[np.floating], choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """One number of each row (rows,) in the target's units: the value, or the probability of the class chosen."""

    @abstractmethod
    def scalar_gradients(self, logits: NDArray[np.floating], choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """The gradient of `scalar_values` by each logit (rows, outputs)."""

    @property
    @abstractmethod
    def scalar_unit(self) -> float:
        """What is a large difference of `scalar_values`."""

    @abstractmethod
    def find_doubts(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], losses: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How improbable each row's target is, and how uncertain its prediction, as far as the net knows (rows,)."""

    @abstractmethod
    def score_beside_neighbours(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        neighbours: NDArray[np.generic],
        *,
        are_trained: bool,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The uncertainty of each row, and its label error score (rows,), where its neighbours are known, too.

        `neighbours` are the encoded targets of the nearest training rows (rows, neighbours, …); `are_trained`: the net
        was trained on these rows.
        """

    @abstractmethod
    def describe_rows(self, logits: NDArray[np.floating]) -> Iterator[RowPrediction]:
        """The prediction of each row, in few words."""
