"""The protocol of tasks: what is learned from a target, how it is encoded, and what a net's outputs stand for.

A `TargetReader` reads the targets of each row of a table, before it is known which rows are training rows. The `Target`
that is fitted to these is kept in the model; whoever needs to know what logits mean asks it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Final, Literal

import numpy as np
from annotated_types import Gt, Lt, MaxLen
from numpy.typing import DTypeLike, NDArray

from learning.errors import LearningError
from learning.nn.losses import Loss, LossChoice, LossName, create_loss
from learning.serialization import OPTIONAL
from learning.tasks.evaluation import Evaluation
from learning.tasks.influence import Influence
from learning.tasks.main_metric import MEAN_R2, RMSE, MainMetric
from learning.tasks.predictions import Predictions, RowPrediction
from learning.tasks.reader import TargetReader, Values
from learning.tasks.task_guess import TaskName

Capability = Literal["table_rows", "one_target"]
"""What an insight may need of a target: that a row of the net is one of the table; that there is a single column."""

MAX_TARGETS: Final = 50
"""The most columns to predict at once."""
MAX_QUANTILES: Final = 20
Quantile = Annotated[float, Gt(0.0), Lt(1.0)]

BaselineName = Literal[
    "mean",
    "most_frequent_class",
    "linear",
    "logistic",
    "boosted_trees",
    "levels",
    "popularity",
    "linear_items",
    "token_frequency",
    "five_gram",
]


@dataclass(frozen=True, kw_only=True)
class Target(ABC):
    """A target as a net learns it: its encoding, fitted to training rows, and the meaning of the net's outputs.

    Subclasses are frozen dataclasses, whose fields are the model's header in JSON.

    Attributes:
        task: The task.
        losses: The losses of the task, the default first.
        baselines: The names of the baselines: a constant prediction, and a linear model.
        main_metrics: The usual main metric, and that of several columns, balanced classes, or ratings.
        column_type: The type of the target's column.
        labels: The classes; empty for numbers.
        outputs: The number of outputs of the net.
        columns: The number of target columns.
        names: Their names, if there are several; of one its place in the model says which.
        quantiles: The quantiles to predict of each number, ascending; none: a mean or a median, or a class.
    """

    task: TaskName
    names: Annotated[tuple[str, ...], MaxLen(MAX_TARGETS)] = field(default=(), metadata=OPTIONAL)
    quantiles: Annotated[tuple[Quantile, ...], MaxLen(MAX_QUANTILES)] = field(default=(), metadata=OPTIONAL)
    losses: ClassVar[tuple[LossName, ...]]
    baselines: ClassVar[tuple[BaselineName, BaselineName]]
    main_metrics: ClassVar[tuple[MainMetric, MainMetric]] = (RMSE, MEAN_R2)
    column_type: ClassVar[Literal["numeric", "categorical"]]
    values_dtype: ClassVar[DTypeLike]

    @classmethod
    @abstractmethod
    def create(cls, reader: TargetReader, train_values: Values, quantiles: tuple[float, ...]) -> "Target":
        """The target of a reader, fitted to the training rows; `quantiles` are those to predict of numbers."""

    @classmethod
    def list_capabilities(cls, columns: int) -> frozenset[Capability]:
        """What insights may rely on, of a target of so many columns."""
        one: list[Capability] = ["one_target"] if columns == 1 else []
        return frozenset[Capability](["table_rows", *one])

    @classmethod
    def choose_main_metric(cls, columns: int, *, balanced: bool, rated: bool) -> MainMetric:
        """The metric by which nets with so many target columns are compared.

        `balanced`: every class counts the same, however rare it is; `rated`: items are rated, and not just chosen.
        """
        return cls.main_metrics[columns > 1 or balanced or rated]

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes; empty for numbers."""
        return ()

    @property
    def selection_metric(self) -> str | None:
        """The metric that chooses the best epoch and stops training early, the higher the better; None: the loss."""
        return None

    @property
    def columns(self) -> int:
        """The number of target columns."""
        return len(self.names) or 1

    @property
    @abstractmethod
    def outputs(self) -> int:
        """The number of outputs of the net."""

    @abstractmethod
    def create_reader(self, names: tuple[str, ...], labelled_rows: int) -> TargetReader:
        """A reader of the columns as this target learned them; what it did not learn has no target."""

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
        fitting = self.fitting_losses
        chosen = fitting[0] if name == "auto" else name
        if chosen not in fitting:
            raise LearningError(f"The loss {name!r} does not fit {self.task}.", f"Use {', '.join(fitting)}, or 'auto'.")
        return create_loss(chosen, len(self.labels), self.columns)

    @property
    def fitting_losses(self) -> tuple[LossName, ...]:
        """The losses that fit this target, the default first."""
        return self.losses

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

    def score_nonconformity(self, logits: NDArray[np.floating], y: NDArray[np.generic]) -> NDArray[np.float64] | None:
        """How wrong each target of each row is predicted (rows, columns), for conformal prediction; None: it cannot."""
        return None

    def find_bounds(self, logits: NDArray[np.floating], thresholds: NDArray[np.float64]) -> NDArray[Any]:
        """The intervals or sets of all that scores at most these thresholds (columns,), as `Predictions.bounds`."""
        raise NotImplementedError

    @abstractmethod
    def compute_metrics(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> dict[str, float | None]:
        """The metrics of logits (rows, outputs) for encoded targets; None where one is undefined.

        With weights (rows,) each row counts as often as its weight says.
        """

    def compute_influences(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> Mapping[str, Influence]:
        """The influence of each row on those of `compute_metrics` whose standard errors are known, by metric."""
        return {}

    def score_rows(
        self, logits: NDArray[np.floating], y: NDArray[np.generic]
    ) -> tuple[Literal["accuracy", "rmse"], NDArray[np.float64]]:
        """A metric of slices, and of what it is the mean or root mean in each row (rows,): right ones or squares."""
        raise NotImplementedError

    @abstractmethod
    def evaluate(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        losses: NDArray[np.float64],
        weights: NDArray[np.floating] | None,
        naive: NDArray[np.float64] | None,
    ) -> Evaluation:
        """The errors of logits (rows, outputs) for encoded targets of at least one row, and their losses (rows,).

        `naive` is what `describe_naive` said of the training rows; None if that is not known.
        """

    @abstractmethod
    def describe_naive(self, y: NDArray[np.generic]) -> NDArray[np.float64]:
        """What is predicted from the training targets alone, as `evaluate` compares the net with it (n,)."""

    @abstractmethod
    def constant_logits(
        self, y: NDArray[np.generic], weights: NDArray[np.floating] | None = None
    ) -> NDArray[np.float64]:
        """The logits (outputs,) of the best constant prediction."""

    def measure_baselines(
        self,
        train_y: NDArray[np.generic],
        measured_y: NDArray[np.generic],
        weights: NDArray[np.floating] | None,
    ) -> Mapping[BaselineName, dict[str, float | None]] | None:
        """The metrics of two baselines of the task's own on measured rows; None: a constant and a linear model."""
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
    def name_outputs(self, names: Sequence[str]) -> list[str]:
        """What the net's outputs stand for, in target columns of these names; each of two classes has a name."""

    @abstractmethod
    def describe_expected(self, cell: Any, y: Any) -> Any:
        """A row's target for a person, from its cell in the table and its encoded target."""

    # What is said about single rows

    @abstractmethod
    def scalar_values(self, logits: NDArray[np.floating], choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """One number of each row (rows,) in the target's units: that of a column, or the probability of a class.

        `choices` (rows,) is the number of the column, or of the class.
        """

    @abstractmethod
    def scalar_gradients(self, logits: NDArray[np.floating], choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """The gradient of `scalar_values` by each logit (rows, outputs)."""

    @abstractmethod
    def scalar_units(self, choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """What is a large difference of `scalar_values` (rows,)."""

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
        """The uncertainty of each row (rows,), and the label error score of each of its targets (rows, columns).

        `neighbours` are the encoded targets of the nearest training rows (rows, neighbours, …); `are_trained`: the net
        was trained on these rows.
        """

    def find_errors(self, logits: NDArray[np.floating], y: NDArray[np.generic]) -> NDArray[np.float64]:
        """How far off each target of a row is, in the units of the net (rows, columns); of one alone it is 0."""
        return np.zeros((len(logits), 1))

    @abstractmethod
    def describe_rows(self, logits: NDArray[np.floating], columns: NDArray[np.intp]) -> Iterator[RowPrediction]:
        """The prediction of each row, in few words: that of one of its targets (rows,)."""
