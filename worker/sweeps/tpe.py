"""The tree-structured Parzen estimator (Bergstra et al. 2011), by Optuna, which is an extra.

The study is made anew from the sweep's own trials for each suggestion, so nothing is kept beside them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from learning.search.score import to_error
from learning.search.space import Dimension, Range, Settings, Space
from learning.seeding import derive_seed
from store.sweeps import trials as sweep_trials
from store.tables import JobRow, SweepRow

RANDOM_TRIALS: Final = 16
"""The first trials are drawn at random."""


def suggest_tpe(sweep: SweepRow, space: Space, trials: Sequence[JobRow], trial: int) -> Settings:
    """The settings of the trial of a number, where the better ones of the trials before it were denser."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    seed = derive_seed(sweep.spec["seed"], f"trial {trial}") % 2**32
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=0)
    study = optuna.create_study(sampler=sampler)
    distributions = {name: _to_distribution(dimension) for name, dimension in space.items()}
    study.add_trials([_to_trial(sweep, space, distributions, row) for row in trials])
    found = study.ask(distributions).params
    return {name: _to_setting(space[name], found[name]) for name in space}


def _to_distribution(dimension: Dimension) -> BaseDistribution:
    if not isinstance(dimension, Range):
        return CategoricalDistribution(range(len(dimension)))
    if dimension.integer:
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def _to_setting(dimension: Dimension, value: Any) -> Any:
    if isinstance(dimension, Range):
        return value if dimension.integer else dimension.round(value)
    return dimension[value]


def _to_trial(sweep: SweepRow, space: Space, distributions: Mapping[str, BaseDistribution], row: JobRow) -> FrozenTrial:
    settings = sweep_trials.read_settings(sweep, row)
    params = {
        name: settings[name] if isinstance(dimension, Range) else dimension.index(settings[name])
        for name, dimension in space.items()
    }
    value = sweep_trials.score(sweep, row)
    if value is None:  # it waits, runs or failed: others shall not try the same
        return create_trial(state=TrialState.RUNNING, params=params, distributions=dict(distributions))
    return create_trial(value=to_error(value, sweep.metric), params=params, distributions=dict(distributions))
