"""The coverage of the intervals and sets that a graph gives, and in its metadata the thresholds of others."""

import json
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.model import Model
from learning.tasks.conformal import NoCoverage
from learning.tasks.regression import RegressionTarget

COVERAGE: Final = 0.9
OTHER_COVERAGES: Final = (0.5, 0.8, COVERAGE, 0.95, 0.99)


def find_thresholds(model: Model, coverage: float) -> NDArray[np.float64] | None:
    """The threshold of each target (targets,); None if the model cannot promise the coverage."""
    if model.header.conformal is None:
        return None
    try:
        return model.header.conformal.find_thresholds(coverage)
    except NoCoverage:
        return None


def describe_coverage(model: Model) -> Mapping[str, str]:
    """The coverage of the outputs, and of the others that can be promised what they are computed by, as JSON.

    Of a number that is how far its interval reaches beyond the value, or beyond its outermost quantiles, in its own
    units, a list of the targets; of classes the least probability in a set.
    """
    target, found = model.header.output, dict[str, list[float] | float]()
    for coverage in OTHER_COVERAGES:
        thresholds = find_thresholds(model, coverage)
        if thresholds is None:
            continue
        if isinstance(target, RegressionTarget):
            found[f"{coverage:g}"] = (thresholds * target.scales).tolist()
        else:
            found[f"{coverage:g}"] = float(1 - thresholds[0])
    if f"{COVERAGE:g}" not in found:
        return {}
    return {"coverage": f"{COVERAGE:g}", "coverages": json.dumps(found)}
