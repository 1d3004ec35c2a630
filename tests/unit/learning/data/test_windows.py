"""Windows of a text: where they begin, and that they are what the text has there."""

import numpy as np
import pytest

from learning.data.windows import Windows, count_windows

TEXT = np.random.default_rng(0).integers(0, 60, 1000).astype(np.uint8)


def test_windows_side_by_side_have_every_token_once_as_the_next_one():
    for tokens, context in [(1000, 64), (961, 64), (962, 64), (65, 64)]:
        windows = Windows(TEXT[:tokens], count_windows(tokens, context), context + 1)
        starts = windows.find_starts(np.arange(len(windows)))
        nexts = {place + 1 + at for place in starts.tolist() for at in range(context)}
        assert nexts == set(range(1, tokens))
        assert (np.diff(starts)[:-1] == context).all()


def test_training_windows_are_a_function_of_seed_epoch_and_row():
    windows, rows = Windows(TEXT, 40, 17, seed=3), np.arange(40)
    starts = windows.of_epoch(2).find_starts(rows)
    np.testing.assert_array_equal(starts[[7, 3]], windows.of_epoch(2).find_starts(np.array([7, 3])))
    assert (starts != windows.of_epoch(3).find_starts(rows)).any()
    assert (starts != Windows(TEXT, 40, 17, seed=4).of_epoch(2).find_starts(rows)).any()


def test_training_windows_begin_everywhere_about_as_often():
    windows = Windows(TEXT, 40, 17, seed=3)
    starts = np.concatenate([windows.of_epoch(epoch).find_starts(np.arange(40)) for epoch in range(500)])
    counts = np.bincount(starts, minlength=984)
    assert len(counts) == 984
    assert counts.min() > 0
    assert counts[:200].sum() == pytest.approx(counts[-200:].sum(), rel=0.01)
    for epoch in (0, 499):  # one in each fortieth of the text
        each = windows.of_epoch(epoch).find_starts(np.arange(40))
        assert (np.abs(each / 984 * 40 - (np.arange(40) + 0.5)) < 0.55).all()


def test_rows_are_what_the_text_has_there():
    windows = Windows(TEXT, 40, 17, seed=3).of_epoch(5)
    starts = windows.find_starts(np.arange(40))
    np.testing.assert_array_equal(windows[np.array([4, 9])][1], TEXT[starts[9] :][:17])
    assert windows[3:7].dtype == np.int32
    assert windows[3:7].shape == (4, 17)
