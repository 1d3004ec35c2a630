"""The guess of a task: few whole numbers that all repeat are classes, from a profile, a frame or chunks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.column_format import ColumnFormat
from learning.frame import Frame
from learning.tasks import infer_target
from learning.tasks.task_guess import count_rarest, guess_numeric_task
from tests.unit.learning.frames import create_frame, create_numeric

RANDOM = np.random.default_rng(8)
NAN = np.nan


@dataclass(frozen=True)
class ChunkedFrame:
    """A table in chunks of some rows."""

    frame: Frame
    size: int
    formats: Mapping[str, ColumnFormat] = field(default_factory=dict[str, ColumnFormat])

    @property
    def rows(self) -> int:
        return self.frame.rows

    def __iter__(self) -> Iterator[str]:
        return iter(self.frame)

    def chunks(self, names: Sequence[str]) -> Iterator[Frame]:
        for start in range(0, self.rows, self.size):
            yield self.frame.take(np.arange(start, min(start + self.size, self.rows)))


def guess_from_profile(values: NDArray[np.float64]) -> str:
    present = np.sort(values[~np.isnan(values)])
    distinct = len(np.unique(present))
    return guess_numeric_task(len(present), distinct, count_rarest(present, distinct))


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (np.tile([0.0, 1.0], 50), "classification"),
        (np.tile([-1.0, 1.0, NAN], 50), "classification"),
        (np.array([0.0, 1.0, 1.0, 0.0]), "classification"),
        (np.tile(np.arange(10.0), 20), "classification"),
        (np.tile(np.arange(20.0), 4), "classification"),
        (np.tile(np.arange(20.0), 3), "regression"),
        (np.tile(np.arange(21.0), 50), "regression"),
        (np.append(np.tile([0.0, 1.0, 2.0], 50), 7.0), "regression"),
        (np.tile([0.5, 1.0], 50), "regression"),
        (np.tile([1e9, 3e9, 7e9], 50), "classification"),
        (RANDOM.normal(size=300), "regression"),
        (np.arange(300.0), "regression"),
    ],
)
def test_profile_frame_and_chunks_give_the_same_guess(values: NDArray[np.float64], task: str):
    frame = create_frame(y=create_numeric(RANDOM.permutation(values)))
    kinds = [infer_target(table, ["y"], "auto") for table in (frame, ChunkedFrame(frame, 7))]
    assert guess_from_profile(values) == task
    assert ["classification" if kind.labels else "regression" for kind in kinds] == [task, task]


def test_classes_have_the_names_of_their_numbers_in_ascending_order():
    kind = infer_target(create_frame(y=create_numeric([10.0, 2.0, -0.0, 2.0, 10.0, 0.0] * 4)), ["y"], "auto")
    assert kind.labels == ("0", "2", "10")


def test_the_rarest_of_few_whole_numbers_is_counted_and_no_others():
    assert count_rarest(np.array([1.0, 1.0, 1.0, 2.0, 2.0]), 2) == 2
    assert count_rarest(np.array([1.0, 1.5, 1.5]), 2) is None
    assert count_rarest(np.arange(50.0), 50) == 1
    assert count_rarest(np.arange(51.0), 51) is None
    assert count_rarest(np.empty(0), 0) is None
