"""Targets of which no single row of a table can be judged: what needs one is refused, with the reason."""

from collections.abc import Iterator
from typing import Any, ClassVar, NoReturn

import numpy as np
from numpy.typing import NDArray

from learning.errors import NotForTask
from learning.tasks.predictions import RowPrediction
from learning.tasks.reader import TargetReader, Values
from learning.tasks.task import Capability, Target


class RowlessTarget(Target):
    """A target whose net has rows of its own: not one for each row of the table, but for each user, or part of a text.

    Attributes:
        refusal: Why single rows of the table cannot be judged, and what to do instead.
    """

    refusal: ClassVar[tuple[str, str]]

    @classmethod
    def refuse(cls) -> NoReturn:
        """Refuse what judges single rows of a table.

        Raises:
            NotForTask: always.
        """
        raise NotForTask(*cls.refusal)

    @classmethod
    def create(cls, reader: TargetReader, train_values: Values, quantiles: tuple[float, ...]) -> "RowlessTarget":
        """Refused."""
        cls.refuse()

    @classmethod
    def list_capabilities(cls, columns: int) -> frozenset[Capability]:
        """Nothing: a row of the net is none of the table."""
        return frozenset()

    def create_reader(self, names: tuple[str, ...], labelled_rows: int) -> TargetReader:
        """Refused."""
        self.refuse()

    def check_reader(self, reader: TargetReader) -> None:
        """Refused."""
        self.refuse()

    def encode(self, values: Values) -> Values:
        """Refused."""
        self.refuse()

    def fit_linear_model(
        self, x: NDArray[np.float64], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> NDArray[np.float64]:
        """Refused."""
        self.refuse()

    def describe_naive(self, y: NDArray[np.generic]) -> NDArray[np.float64]:
        """Nothing that `evaluate` would need (0,)."""
        return np.empty(0)

    def spread(self, y: NDArray[np.generic]) -> NDArray[np.float64]:
        """Refused."""
        self.refuse()

    def explained_share(
        self, predicted: NDArray[np.float64], y: NDArray[np.float64], guess: NDArray[np.float64]
    ) -> float:
        """Refused."""
        self.refuse()

    def describe_expected(self, cell: Any, y: Any) -> Any:
        """Refused."""
        self.refuse()

    def scalar_values(self, logits: NDArray[np.floating], choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """Refused."""
        self.refuse()

    def scalar_gradients(self, logits: NDArray[np.floating], choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """Refused."""
        self.refuse()

    def scalar_units(self, choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """Refused."""
        self.refuse()

    def find_doubts(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], losses: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Refused."""
        self.refuse()

    def score_beside_neighbours(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        neighbours: NDArray[np.generic],
        *,
        are_trained: bool,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Refused."""
        self.refuse()

    def describe_rows(self, logits: NDArray[np.floating], columns: NDArray[np.intp]) -> Iterator[RowPrediction]:
        """Refused."""
        self.refuse()
