"""Search spaces: what trials draw, and how it gets into a spec."""

import numpy as np
import pytest

from learning.search.space import NoSuchSetting, Range, apply_settings, draw_settings, read_setting

SPEC = {"batch_size": 32, "optimizer": {"type": "adam", "learning_rate": 0.001}, "layers": [{"units": 8}, {"units": 4}]}


def test_a_trial_draws_the_same_whenever_it_is_asked_and_no_other_trial_does() -> None:
    space = {"a": Range(low=0.0, high=1.0), "b": [1, 2, 3, 4]}
    trials = [draw_settings(space, 7, trial) for trial in range(1, 50)]
    assert trials == [draw_settings(space, 7, trial) for trial in range(1, 50)]
    assert len({trial["a"] for trial in trials}) > 40
    assert {trial["b"] for trial in trials} == {1, 2, 3, 4}
    assert draw_settings(space, 8, 1) != trials[0]


def test_a_setting_keeps_its_values_when_others_come_after_it() -> None:
    first = draw_settings({"a": Range(low=0.0, high=1.0)}, 0, 3)
    assert draw_settings({"a": Range(low=0.0, high=1.0), "b": [1, 2]}, 0, 3)["a"] == first["a"]


def test_logarithmic_ranges_have_as_many_values_in_each_decade() -> None:
    values = [draw_settings({"a": Range(low=1e-4, high=1.0, log=True)}, 0, trial)["a"] for trial in range(2000)]
    counts, _ = np.histogram(np.log10(values), bins=[-4, -3, -2, -1, 0])
    assert counts.min() > 420
    assert min(values) >= 1e-4


def test_whole_numbers_come_equally_often_also_at_the_ends() -> None:
    values = [draw_settings({"a": Range(low=1, high=4, integer=True)}, 0, trial)["a"] for trial in range(2000)]
    assert np.bincount(values)[1:].min() > 420
    assert {type(value) for value in values} == {int}


@pytest.mark.parametrize(
    ("bounds", "reason"),
    [
        ({"low": 2.0, "high": 1.0}, "less than"),
        ({"low": 0.0, "high": 1.0, "log": True}, "greater than 0"),
        ({"low": 0.5, "high": 2.0, "integer": True}, "whole"),
    ],
)
def test_ranges_that_cannot_be_are_refused(bounds: dict[str, float], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Range(**bounds)  # type: ignore[arg-type] - given as JSON gives them


def test_settings_are_put_where_their_names_say_and_the_spec_stays() -> None:
    found = apply_settings(SPEC, {"optimizer.learning_rate": 0.1, "layers.1.units": 16, "batch_size": 8})
    assert found == {
        "batch_size": 8,
        "optimizer": {"type": "adam", "learning_rate": 0.1},
        "layers": [{"units": 8}, {"units": 16}],
    }
    assert SPEC["batch_size"] == 32
    assert [read_setting(found, name) for name in ("layers.1.units", "batch_size")] == [16, 8]


@pytest.mark.parametrize("name", ["layrs", "optimizer.rate", "layers.2.units", "layers.x", "batch_size.a", ""])
def test_a_name_that_the_spec_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(NoSuchSetting, match="no setting"):
        apply_settings(SPEC, {name: 1})
