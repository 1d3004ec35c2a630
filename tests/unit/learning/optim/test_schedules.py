"""Learning-rate schedules, each by its definition."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.optim.plateau import PlateauCounter
from learning.optim.schedules import Constant, Cosine, Exponential, LearningRates, Plateau, Step, compute_rate_fraction


def fractions(schedule, epochs):
    return [compute_rate_fraction(schedule, epoch, epochs) for epoch in range(1, epochs + 1)]


def rates(schedule, losses, full=1.0):
    found, learning_rates = [], LearningRates(schedule, full, len(losses))
    for epoch, loss in enumerate(losses, 1):
        found.append(learning_rates.rate_at(epoch))
        learning_rates.record_error(loss)
    return found


def test_constant_stays():
    assert fractions(Constant(), 5) == [1.0] * 5


def test_step_falls_after_every_few_epochs():
    assert fractions(Step(step_epochs=2, factor=0.5), 6) == [1, 1, 0.5, 0.5, 0.25, 0.25]


def test_exponential_falls_after_every_epoch():
    assert fractions(Exponential(factor=0.5), 4) == [1, 0.5, 0.25, 0.125]


def test_cosine_begins_full_passes_half_in_the_middle_and_never_reaches_its_end():
    found = fractions(Cosine(), 100)
    assert found[0] == 1
    assert found[50] == pytest.approx(0.5)
    assert found[-1] == pytest.approx((1 + math.cos(math.pi * 0.99)) / 2)
    assert all(a > b > 0 for a, b in itertools.pairwise(found))


def test_cosine_ends_at_the_final_fraction():
    assert fractions(Cosine(final_fraction=0.2), 10_000)[-1] == pytest.approx(0.2, abs=1e-6)


def test_warm_up_grows_linearly_to_the_full_rate():
    found = fractions(Cosine(warmup_epochs=3), 10)
    assert found[:4] == [0.25, 0.5, 0.75, 1.0]
    assert found[4] < 1


def test_a_warm_up_longer_than_the_training_only_grows():
    assert fractions(Cosine(warmup_epochs=9), 4) == [0.1, 0.2, 0.3, 0.4]


@given(
    schedule=st.one_of(
        st.builds(Step, step_epochs=st.integers(1, 50), factor=st.floats(0.01, 0.99)),
        st.builds(Exponential, factor=st.floats(0.01, 1.0)),
        st.builds(Cosine, warmup_epochs=st.integers(0, 30), final_fraction=st.floats(0, 1)),
    ),
    epochs=st.integers(1, 60),
)
def test_no_schedule_ever_leaves_the_range_from_zero_to_the_full_rate(schedule, epochs):
    assert all(0 < part <= 1 for part in fractions(schedule, epochs))


def test_plateau_lowers_the_rate_after_its_patience_and_counts_anew():
    losses = [5, 4, 4, 4, 4, 4, 3, 3, 3]
    assert rates(Plateau(patience=2, factor=0.5), losses) == [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25]


def test_plateau_counts_only_falls_larger_than_min_delta():
    losses = [5, 4.95, 4.9, 4.85, 4.8]
    assert rates(Plateau(patience=2, factor=0.5, min_delta=0.5), losses) == [1, 1, 1, 0.5, 0.5]


def test_plateau_stops_at_the_lowest_rate_and_never_climbs_to_it():
    assert rates(Plateau(patience=1, factor=0.1, min_learning_rate=0.05), [1] * 4) == [1, 1, 0.1, 0.05]
    assert rates(Plateau(patience=1, factor=0.1, min_learning_rate=0.05), [1] * 3, full=0.01) == [0.01] * 3


def test_many_small_falls_add_up_to_one_that_counts():
    patience = PlateauCounter(3, min_delta=0.25)
    waited = []
    for loss in [1.0, 0.9, 0.8, 0.7, 0.6]:
        patience.record_error(loss)
        waited.append(patience.epochs_waited)
    assert waited == [0, 1, 2, 0, 1]
    assert not patience.is_exhausted
