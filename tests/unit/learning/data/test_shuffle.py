"""Shuffling: every row once an epoch, in a new order, and windows that are fair samples of the table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.data import shuffle as orders
from learning.data.shuffle import EpochShuffler, ShardAssigner, count_windows
from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from learning.optim import Adam
from learning.optim.schedules import Constant
from learning.seeding import rng_for
from learning.training.trainer import Epoch
from tests.unit.learning.rows import create_rows
from tests.unit.learning.trainings import create_trainer


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "MAX_WINDOW_ROWS", 100)


def numbers(rows: int, width: int = 1, seed: int = 0, epoch: int = 1) -> list[int]:
    return EpochShuffler(rows, width, seed).select_indices(epoch, 0, rows).tolist()


def assign_rows(rows: int, chunks: list[int]) -> np.ndarray:
    """The row at each place, when the rows 0, 1, 2 … are assigned chunk by chunk."""
    assigner, places, first = ShardAssigner(rows, 1, seed=0), np.full(rows, -1), 0
    for chunk in chunks:
        for own, place in assigner.assign(chunk):
            places[place] = first + own
        first += chunk
    return places


def test_rows_of_one_window_are_shuffled_all_together():
    assert numbers(1000, seed=3, epoch=2) == rng_for(3, "order", 2).permutation(1000).tolist()


def test_windows_are_bounded_in_bytes_and_in_rows():
    assert [count_windows(rows, 1) for rows in (1, 2**22, 2**22 + 1)] == [1, 1, 2]
    assert [count_windows(2**20, width) for width in (64, 65, 128, 129)] == [1, 2, 2, 3]


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize("rows", [101, 199, 200, 1000, 1001])
def test_every_row_comes_once_in_an_epoch(rows: int):
    assert sorted(numbers(rows)) == list(range(rows))


@pytest.mark.usefixtures("small_windows")
def test_an_order_is_a_function_of_seed_and_epoch():
    assert numbers(1000) == numbers(1000)
    assert len({tuple(numbers(1000, seed=seed, epoch=epoch)) for seed in (0, 1) for epoch in (1, 2)}) == 4


@pytest.mark.usefixtures("small_windows")
def test_a_window_is_one_stretch_of_the_file_that_begins_elsewhere_in_every_epoch():
    begins = set()
    for epoch in range(1, 20):
        for start in range(0, 1000, 100):
            window = np.sort(numbers(1000, epoch=epoch)[start : start + 100])
            assert np.count_nonzero(np.diff(window) != 1) <= 1  # one leap: from the end of the file to its beginning
            begins.add(int(window[0]))
    assert len(begins) > 100


@pytest.mark.usefixtures("small_windows")
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 999), st.integers(1, 300)), min_size=1, max_size=8))
def test_any_part_of_any_epoch_can_be_selected(parts: list[tuple[int, int, int]]):
    shuffler = EpochShuffler(1000, 1, 0)
    for epoch, start, length in parts:
        assert (
            shuffler.select_indices(epoch, start, min(start + length, 1000)).tolist()
            == numbers(1000, epoch=epoch)[start : start + length]
        )


def test_rows_of_one_window_stay_as_they_come():
    assert assign_rows(50, [20, 30]).tolist() == list(range(50))


@pytest.mark.usefixtures("small_windows")
def test_any_window_of_the_file_has_its_share_of_every_chunk():
    rows = assign_rows(1000, [250] * 4)
    for begin in range(0, 1000, 7):
        stretch = np.take(rows, range(begin, begin + 100), mode="wrap")
        assert np.bincount(stretch // 250, minlength=4).tolist() == pytest.approx([25] * 4, abs=2)


@pytest.mark.usefixtures("small_windows")
def test_a_table_sorted_by_its_target_is_learned_as_well_in_windows_as_all_together(monkeypatch: pytest.MonkeyPatch):
    random = np.random.default_rng(0)
    y = np.sort(random.integers(0, 3, 3000))
    x = (random.normal(size=(3000, 2)) + np.array([[0, 2], [2, -1], [-2, -1]])[y]).astype(np.float32)
    watched = random.integers(0, 3, 3000)
    seen = (random.normal(size=(3000, 2)) + np.array([[0, 2], [2, -1], [-2, -1]])[watched]).astype(np.float32)
    places = assign_rows(3000, [500] * 6)

    def accuracy(rows: np.ndarray) -> float:
        net = NeuralNet(2, [Dense(units=8)], 3, seed=0)
        data, validation = create_rows(x[rows], y[rows], 3), create_rows(seen, watched, 3)
        usual = {"optimizer": Adam(learning_rate=0.01), "schedule": Constant(), "epochs": 5, "batch_size": 32}
        epochs = [
            moment for moment in create_trainer(net, data, validation, **usual).run() if isinstance(moment, Epoch)
        ]
        return epochs[-1].metrics["accuracy"]

    in_windows = accuracy(places)
    monkeypatch.setattr(orders, "MAX_WINDOW_ROWS", 10**6)
    assert in_windows == pytest.approx(accuracy(places), abs=0.005)
