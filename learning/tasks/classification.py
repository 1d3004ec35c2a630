"""Classification: one of several classes is predicted; each has an output of its own, and two share one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal

import numpy as np
from annotated_types import MaxLen
from numpy.typing import DTypeLike, NDArray

from learning.errors import ImpossibleTarget, LearningError
from learning.nn.losses import LossName, balance_class_weights, compute_probabilities
from learning.spelling import quote_names
from learning.tasks.classes import ClassPredictions, ClassReader
from learning.tasks.curves import average_roc, choose_point_count, compute_precision_recall, compute_roc
from learning.tasks.evaluation import Evaluation, calibrate, finite_or_none, keep_finite, score_classes
from learning.tasks.influence import Influence, compute_class_influences
from learning.tasks.label_errors import normalized_margins, score_class_labels, top_two_margins
from learning.tasks.labels import MAX_CLASSES
from learning.tasks.linear_models import fit_logistic
from learning.tasks.main_metric import ACCURACY, MACRO_F1, MainMetric
from learning.tasks.metrics import compute_class_metrics
from learning.tasks.predictions import RowPrediction
from learning.tasks.reader import TargetReader, Values
from learning.tasks.task import BaselineName, Target
from learning.tasks.thresholds import tabulate_thresholds

MAX_CURVES: Final = 200
MAX_PROBABILITIES: Final = 20


@dataclass(frozen=True, kw_only=True)
class ClassTarget(Target):
    """One of several classes to predict; `classes` has the name of each class number."""

    task: Literal["classification"] = "classification"
    classes: Annotated[tuple[str, ...], MaxLen(MAX_CLASSES)]

    losses: ClassVar[tuple[LossName, ...]] = ("cross_entropy",)
    baselines: ClassVar[tuple[BaselineName, BaselineName]] = ("most_frequent_class", "logistic")
    main_metrics: ClassVar[tuple[MainMetric, MainMetric]] = (ACCURACY, MACRO_F1)
    column_type: ClassVar[Literal["numeric", "categorical"]] = "categorical"
    values_dtype: ClassVar[DTypeLike] = np.int64

    @classmethod
    def create(cls, reader: TargetReader, train_values: Values, quantiles: tuple[float, ...]) -> "ClassTarget":
        """All classes that were read, those without training rows among them."""
        return cls(classes=reader.labels)

    def __post_init__(self) -> None:
        if self.names or self.quantiles:
            raise ValueError("there are several columns and quantiles of numbers only")
        if len(self.classes) < 2 or len(set(self.classes)) < len(self.classes):
            raise ValueError("there must be two classes or more, each with another name")

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes."""
        return self.classes

    @property
    def outputs(self) -> int:
        """The number of outputs of the net: one for two classes."""
        return len(self.classes) if len(self.classes) > 2 else 1

    def create_reader(self, names: tuple[str, ...], labelled_rows: int) -> ClassReader:
        """A reader of these classes; any other label is missing."""
        return ClassReader(names, self.classes, labelled_rows)

    def check_reader(self, reader: TargetReader) -> None:
        """Check that all labels of a table are among these classes.

        Raises:
            ImpossibleTarget: a label is not.
        """
        if unknown := [label for label in reader.labels if label not in self.classes]:
            raise ImpossibleTarget(
                f"The target {quote_names(reader.names)} holds '{unknown[0]}', "
                "which is not a class of the model to start from.",
                f"Leave such rows out, or train from the beginning. Its classes are: {', '.join(self.classes)}.",
            )

    def shape(self, rows: int) -> tuple[int, ...]:
        """Class numbers (rows,)."""
        return (rows,)

    def encode(self, values: Values) -> NDArray[np.int64]:
        """The class numbers as they are."""
        return values.astype(np.int64, copy=False)

    def check_encoded(self, y: NDArray[np.generic]) -> None:
        """Check class numbers.

        Raises:
            ValueError: one is out of range.
        """
        if len(y) and not (y.min() >= 0 and y.max() < len(self.classes)):
            raise ValueError(f"class numbers must be from 0 to {len(self.classes) - 1}")

    def resolve_class_weights(
        self, spec: Literal["balanced"] | Mapping[str, float] | None, y: NDArray[np.generic]
    ) -> NDArray[np.float64] | None:
        """The weight of each class in the loss (classes,), as in the protocol."""
        if spec is None:
            return None
        if spec == "balanced":
            return balance_class_weights(y.astype(np.int64, copy=False), len(self.classes))
        if unknown := sorted(spec.keys() - set(self.classes)):
            raise LearningError(
                f"class_weights names '{unknown[0]}', which is not a class of the target.",
                f"The classes are: {', '.join(self.classes)}.",
            )
        return np.array([spec.get(label, 1.0) for label in self.classes])

    def decode(self, logits: NDArray[np.floating]) -> ClassPredictions:
        """The probability of each class from logits (rows, outputs)."""
        return ClassPredictions(compute_probabilities(logits), self.classes)

    def score_nonconformity(self, logits: NDArray[np.floating], y: NDArray[np.generic]) -> NDArray[np.float64]:
        """1 minus the probability of the true class (rows, 1), which gives the smallest sets (Sadinle et al. 2019)."""
        return 1 - np.take_along_axis(compute_probabilities(logits), y.astype(np.intp)[:, None], axis=1)

    def find_bounds(self, logits: NDArray[np.floating], thresholds: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each class is in the set (rows, classes); the most probable one always is."""
        probabilities = compute_probabilities(logits)
        members = 1 - probabilities <= thresholds
        members[np.arange(len(members)), probabilities.argmax(axis=1)] = True
        return members

    def compute_metrics(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> dict[str, float | None]:
        """Accuracy, macro F1 and log loss, and for two classes also auc."""
        return compute_class_metrics(logits, y.astype(np.int64, copy=False), len(self.classes), _widen(weights))

    def compute_influences(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> dict[str, Influence]:
        """Of all of these."""
        return compute_class_influences(logits, y.astype(np.int64, copy=False), len(self.classes), _widen(weights))

    def score_rows(
        self, logits: NDArray[np.floating], y: NDArray[np.generic]
    ) -> tuple[Literal["accuracy", "rmse"], NDArray[np.float64]]:
        """Whether each row is right."""
        return "accuracy", (compute_probabilities(logits).argmax(axis=1) == y).astype(np.float64)

    def evaluate(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        losses: NDArray[np.float64],
        weights: NDArray[np.floating] | None,
        naive: NDArray[np.float64] | None,
    ) -> Evaluation:
        """Confusions, scores, curves and calibration of the classes."""
        numbers, count = y.astype(np.int64, copy=False), len(self.classes)
        probabilities = compute_probabilities(logits)
        predicted = probabilities.argmax(axis=1)
        confusion = np.bincount(numbers * count + predicted, minlength=count * count).reshape(count, count)
        largest: list[int] = np.sort(np.argsort(-confusion.sum(axis=1), kind="stable")[:MAX_CURVES]).tolist()
        points = choose_point_count(len(largest))
        curves = [(self.classes[number], probabilities[:, number], numbers == number, points) for number in largest]
        roc = tuple([compute_roc(*curve) for curve in curves])
        shares = np.full(count, 1 / count) if naive is None else naive
        logs = np.log(np.maximum(shares, np.finfo(np.float64).tiny))
        constant = np.broadcast_to(self._drop_first(logs), (len(y), self.outputs))
        return Evaluation(
            task=self.task,
            rows=len(y),
            loss=finite_or_none(float(losses.mean())),
            metrics=keep_finite(self.compute_metrics(logits, y, weights)),
            naive=keep_finite(compute_class_metrics(constant, numbers, count, weights)),
            labels=self.classes,
            confusion=confusion.tolist(),
            classes=score_classes(confusion, self.classes),
            roc=roc,
            roc_average=average_roc(roc) if count <= MAX_CURVES else None,
            precision_recall=tuple([compute_precision_recall(*curve) for curve in curves]),
            thresholds=tabulate_thresholds(*curves[-1][:3]) if count == 2 else None,
            calibration=calibrate(probabilities.max(axis=1), predicted == numbers),
        )

    def describe_naive(self, y: NDArray[np.generic]) -> NDArray[np.float64]:
        """The share of each class (classes,)."""
        return np.bincount(y.astype(np.intp), minlength=len(self.classes)) / max(len(y), 1)

    def constant_logits(
        self, y: NDArray[np.generic], weights: NDArray[np.floating] | None = None
    ) -> NDArray[np.float64]:
        """The logits (outputs,) of the frequency of each class."""
        # half a row more of each class (additive smoothing), so that none is impossible
        return self._drop_first(np.log(np.bincount(y.astype(np.intp), weights, minlength=len(self.classes)) + 0.5))

    def _drop_first(self, logs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logits (outputs,) from logarithms of probabilities (classes,): for two, that of class 0 is 0 and left out."""
        return logs if self.outputs > 1 else logs[1:] - logs[:1]

    def fit_linear_model(
        self, x: NDArray[np.float64], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> NDArray[np.float64]:
        """Logistic regression."""
        return fit_logistic(x, y.astype(np.intp), weights, self.constant_logits(y, weights), len(self.classes))

    def spread(self, y: NDArray[np.generic]) -> NDArray[np.float64]:
        """One-hot (rows, classes)."""
        return np.eye(len(self.classes))[y.astype(np.intp)]

    def explained_share(
        self, predicted: NDArray[np.float64], y: NDArray[np.float64], guess: NDArray[np.float64]
    ) -> float:
        """The share of wrong classes that predictions avoid."""
        classes = y.argmax(axis=1)
        error, naive = float((predicted.argmax(axis=1) != classes).sum()), float((classes != guess.argmax()).sum())
        return max(0.0, 1 - error / naive) if naive else 0.0

    def name_outputs(self, names: Sequence[str]) -> list[str]:
        """The classes."""
        return list(self.classes)

    def describe_expected(self, cell: Any, y: Any) -> str:
        """The name of the class."""
        return self.classes[int(y)]

    def scalar_values(self, logits: NDArray[np.floating], choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """The probability of the class chosen (rows,)."""
        return np.take_along_axis(compute_probabilities(logits), choices[:, None], axis=1)[:, 0]

    def scalar_gradients(self, logits: NDArray[np.floating], choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """The derivative of the probability p_k of a class by the logit of class j is p_k ((j = k) - p_j).

        Where there is one logit, it is that of class 1, and that of class 0 is 0.
        """
        probabilities = compute_probabilities(logits)
        own = np.take_along_axis(probabilities, choices[:, None], axis=1)
        gradients = own * (np.eye(probabilities.shape[1])[choices] - probabilities)
        return gradients if logits.shape[1] > 1 else gradients[:, 1:]

    def scalar_units(self, choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """A probability of 1."""
        return np.ones(len(choices))

    def find_doubts(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        losses: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Minus the margin of a row's class, and minus that of the two most probable ones (Scheffer et al. 2001)."""
        probabilities = compute_probabilities(logits)
        return -normalized_margins(probabilities, y.astype(np.intp)), -top_two_margins(probabilities)

    def score_beside_neighbours(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        neighbours: NDArray[np.generic],
        *,
        are_trained: bool,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Minus the margin of the two most probable classes, and the label error score."""
        probabilities = compute_probabilities(logits)
        suspicion = score_class_labels(probabilities, y.astype(np.intp), neighbours, are_trained=are_trained)
        return -top_two_margins(probabilities), suspicion[:, None]

    def describe_rows(self, logits: NDArray[np.floating], columns: NDArray[np.intp]) -> Iterator[RowPrediction]:
        """The most probable class, and the probabilities of twenty."""
        for probabilities in compute_probabilities(logits):
            order: list[int] = np.argsort(-probabilities, kind="stable")[:MAX_PROBABILITIES].tolist()
            named = {self.classes[number]: float(probabilities[number]) for number in order}
            yield RowPrediction(self.classes[order[0]], float(probabilities[order[0]]), named)


def _widen(weights: NDArray[np.floating] | None) -> NDArray[np.float64] | None:
    return None if weights is None else weights.astype(np.float64)
