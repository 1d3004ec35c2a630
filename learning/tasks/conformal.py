"""Conformal prediction: intervals and sets that hold what comes true as often as they promise, whatever the net is.

How wrong a model was on rows that it did not learn from says how wide they must be: the threshold of a coverage is the
k-th smallest of their n nonconformity scores, k = ⌈(n + 1) coverage⌉ (Vovk, Gammerman & Shafer 2005). As far as rows to
predict are like these, the coverage is at least the one promised, and at most 1 / (n + 1) more (Lei et al. 2018). It
holds on the average of all rows, and not for each group of them.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from learning.errors import LearningError
from learning.novelty.packed_array import PackedArray
from learning.tasks.conformal_rank import count_needed_rows, find_rank

MAX_ROWS: Final = 10_000
MAX_VALUES: Final = 2**17
"""The most rows whose scores are kept, and the most scores of all targets."""
MAX_SCORE: Final = 3e38
TOLERANCE: Final = 1e-6
"""What is added to scores, so that rows which are alike stay so: their last bits depend on how many rows are predicted
at once."""

CalibrationSource = Literal["out_of_fold", "test", "validation"]


class NoCoverage(LearningError):
    """A coverage cannot be promised: there are no rows that it could rest on, or too few."""

    slug = "no-coverage"


@dataclass(frozen=True, kw_only=True)
class ConformalScores:
    """The nonconformity scores of rows that a model did not learn from.

    Attributes:
        scores: The scores (rows, targets), those of each target ascending.
        source: Which rows these are: of each fold, by a net that did not learn from it; test rows, which nothing was
            chosen by; or validation rows that were kept from early stopping.
        ordered_by: The column of a chronological split; rows to come may then be unlike these.
    """

    scores: PackedArray
    source: CalibrationSource
    ordered_by: str | None = None

    def __post_init__(self) -> None:
        if len(self.scores.shape) != 2 or not min(self.scores.shape):
            raise ValueError(f"conformal scores of the shape {self.scores.shape}")

    @classmethod
    def create(
        cls, scores: NDArray[np.floating], source: CalibrationSource, ordered_by: str | None = None
    ) -> "ConformalScores":
        """Keep scores (rows, targets) of at least one row, of at most 10,000 rows evenly spaced."""
        count = max(1, min(len(scores), MAX_ROWS, MAX_VALUES // scores.shape[1]))
        rows = ((np.arange(count) + 0.5) * (len(scores) / count)).astype(np.intp)
        finite = np.nan_to_num(scores[rows], nan=MAX_SCORE, posinf=MAX_SCORE, neginf=-MAX_SCORE)
        finite += TOLERANCE * np.maximum(np.abs(finite), 1)
        return cls(scores=PackedArray.pack(np.sort(finite, axis=0)), source=source, ordered_by=ordered_by)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self.scores.shape[0]

    @cached_property
    def _sorted_scores(self) -> NDArray[np.float64]:
        return self.scores.values

    def find_thresholds(self, coverage: float) -> NDArray[np.float64]:
        """The threshold of each target (targets,) for a coverage between 0 and 1.

        Raises:
            NoCoverage: there are too few rows.
        """
        place = find_rank(self.rows, coverage)
        if place > self.rows:
            raise NoCoverage(
                f"A coverage of {coverage:g} needs {count_needed_rows(coverage):,} rows that the model did not learn "
                f"from, and there are {self.rows:,}.",
                "Ask for less coverage, or train again with more rows, or with more of them held out.",
            )
        return self._sorted_scores[place - 1]

    def promise(self, coverage: float) -> "CoveragePromise":
        """What is promised with intervals of a coverage."""
        return CoveragePromise(coverage, self.rows, self.source, self.ordered_by)


@dataclass(frozen=True)
class CoveragePromise:
    """The coverage that intervals or sets promise, the number of rows that it rests on, and which rows these are."""

    coverage: float
    rows: int
    source: CalibrationSource
    ordered_by: str | None = None

    @property
    def is_exchangeable(self) -> bool:
        """Whether rows to predict are as likely as these to be anything, as far as the split says."""
        return self.ordered_by is None

    @property
    def detail(self) -> str:
        """What is promised, in a sentence or two."""
        which = {
            "out_of_fold": "of the nets' folds, each predicted by the net that did not learn from it",
            "test": "of the test split, by which nothing was chosen",
            "validation": "of the validation split that were kept from early stopping",
        }[self.source]
        start = f"{100 * self.coverage:.6g} % of rows like the {self.rows:,} {which}"
        if self.ordered_by is None:
            return f"{start}; on average, not for each group of rows."
        return (
            f"Not promised: the model was trained on older rows by '{self.ordered_by}', and what comes may differ. It "
            f"held for {start}."
        )
