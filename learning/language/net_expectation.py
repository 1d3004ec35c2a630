"""What a net that writes expects, from its logits, also where these overflowed; and that mixed with n-grams."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.language.ngrams import NgramModel

MAX_LOGIT: Final = float(np.finfo(np.float32).max)


def find_log_probabilities(logits: NDArray[np.floating], closed: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the log-probability of each token from logits (…, vocabulary); -inf of `closed` ones."""
    z = logits.astype(np.float64)
    z[..., closed] = -np.inf
    if not np.isfinite(peak := z.max(axis=-1, keepdims=True)).all():  # what overflowed is the largest there is
        z = np.nan_to_num(z, nan=-MAX_LOGIT, posinf=MAX_LOGIT, neginf=-MAX_LOGIT)
        z[..., closed] = -np.inf
        peak = z.max(axis=-1, keepdims=True)
    z -= peak
    z -= np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return z


def mix_ngrams(
    log_probabilities: NDArray[np.float64],
    ngrams: NgramModel,
    weight: float,
    tokens: Sequence[int],
    closed: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Mix what a net expects after some tokens (vocabulary,) with n-grams; `closed` tokens are never expected."""
    expected = ngrams.expect_next(tokens)
    expected[closed] = 0.0
    expected *= weight / expected.sum()
    expected += (1 - weight) * np.exp(log_probabilities)
    with np.errstate(divide="ignore"):
        return np.log(expected)
