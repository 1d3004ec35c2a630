"""The epochs that a weight history keeps, for any length of training and any interruption."""

import numpy as np
import pytest

from learning.insight.graph_view import select_strongest_units, visible_weights
from learning.insight.weight_history import MAX_EPOCHS, WeightHistory, compute_capacity, decode_weights


def after(newest, room):
    """The epochs that are kept, and the history, where all is written only at the end."""
    history = WeightHistory(room)
    for epoch in range(newest + 1):
        history.add(epoch, np.full(3, epoch, np.float32))
    return sorted(history.pending), history


@pytest.mark.parametrize("room", [2, 3, 4, 5, 7, 16])
def test_the_first_and_the_newest_always_stay_and_there_is_never_too_much(room):
    for newest in range(100):
        kept, history = after(newest, room)
        assert kept[0] == 0
        assert kept[-1] == history.newest_epoch == newest
        assert len(kept) <= room
        assert len(kept) > room // 2 or len(kept) == newest + 1
        assert all(epoch % history.stride == 0 for epoch in kept[:-1])
        assert [decode_weights(history.pending[epoch])[0] for epoch in kept] == kept


def test_a_training_that_was_interrupted_keeps_the_same_epochs():
    written = {}
    for first, last in ((0, 11), (12, 12), (13, 60)):  # three attempts, each writing in groups of its own
        history = WeightHistory(6)
        for epoch in range(first, last + 1):
            history.add(epoch, np.full(3, epoch, np.float32))
            if epoch % 7 == 3 or epoch == last:
                written = {old: data for old, data in written.items() if not old % history.stride}
                written |= history.pending
                history.pending.clear()
    assert sorted(written) == after(60, 6)[0]


def test_a_net_too_large_for_two_epochs_keeps_none():
    assert compute_capacity(1000, 7999) == 0
    assert compute_capacity(1000, 8000) == 2
    assert compute_capacity(1000, 0) == 0
    assert compute_capacity(1, 8 * 2**20) == MAX_EPOCHS
    assert after(9, 0)[0] == []


def test_the_strongest_units_are_shown_in_their_order():
    first, second = np.zeros((4, 5)), np.zeros((6, 2))
    first[0, 1], first[2, 4], second[3, 0] = 3.0, -5.0, 4.0
    first[3], second[5] = 100.0, 100.0  # biases do not count
    shown = select_strongest_units([first, second], 2)

    assert (shown.inputs, shown.layers) == ([0, 2], [[3, 4], [0, 1]])
    np.testing.assert_array_equal(visible_weights(first, shown.inputs, shown.layers[0]), [[0, 0], [0, -5], [100, 100]])
    assert select_strongest_units([first, second], 64).layers == [[0, 1, 2, 3, 4], [0, 1]]
