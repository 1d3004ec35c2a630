"""Targets of which no single row of a table can be judged: what needs one is refused, with the reason."""

from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from learning.errors import NotForTask
from learning.tasks.predictions import RowPrediction
from learning.tasks.reader import TargetReader, Values
from learning.tasks.task import Capability, Target


class BagsOnlyTarget(Target):
    """A target of bags of items, whose net has a row for each user and not for each row of the table."""

    @classmethod
    def create(cls, reader: TargetReader, train_values: Values, quantiles: tuple[float, ...]) -> "BagsOnlyTarget":
        """Refused."""
        refuse()

    @classmethod
    def list_capabilities(cls, columns: int) -> frozenset[Capability]:
        """Nothing: a row of the net is a user."""
        return frozenset()

    def create_reader(self, names: tuple[str, ...], labelled_rows: int) -> TargetReader:
        """Refused."""
        refuse()

    def check_reader(self, reader: TargetReader) -> None:
        """Refused."""
        refuse()

    def encode(self, values: Values) -> Values:
        """Refused."""
        refuse()

    def fit_linear_model(
        self, x: NDArray[np.float64], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> NDArray[np.float64]:
        """Refused."""
        refuse()

    def describe_naive(self, y: NDArray[np.generic]) -> NDArray[np.float64]:
        """Nothing that `evaluate` would need (0,)."""
        return np.empty(0)

    def spread(self, y: NDArray[np.generic]) -> NDArray[np.float64]:
        """Refused."""
        refuse()

    def explained_share(
        self, predicted: NDArray[np.float64], y: NDArray[np.float64], guess: NDArray[np.float64]
    ) -> float:
        """Refused."""
        refuse()

    def describe_expected(self, cell: Any, y: Any) -> Any:
        """Refused."""
        refuse()

    def scalar_values(self, logits: NDArray[np.floating], choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """Refused."""
        refuse()

    def scalar_gradients(self, logits: NDArray[np.floating], choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """Refused."""
        refuse()

    def scalar_units(self, choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """Refused."""
        refuse()

    def find_doubts(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], losses: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Refused."""
        refuse()

    def score_beside_neighbours(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        neighbours: NDArray[np.generic],
        *,
        are_trained: bool,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Refused."""
        refuse()

    def describe_rows(self, logits: NDArray[np.floating], columns: NDArray[np.intp]) -> Iterator[RowPrediction]:
        """Refused."""
        refuse()


def refuse() -> NoReturn:
    """Refuse what judges single rows of a table.

    Raises:
        NotForTask: always.
    """
    raise NotForTask(
        "A model that recommends learns from all that a user chose at once, so this, which judges single rows and "
        "columns of a table, does not apply to it.",
        "Its recommendations come with reasons, and similar tells which items are alike.",
    )
