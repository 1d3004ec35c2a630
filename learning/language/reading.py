"""A text as a model that writes reads it: what it expects at each place, and from where to where it looks.

The net sees no more than its context, so that of a longer text this is about the last tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from learning.language.writer import TokenChoice, Writer
from learning.nn.layers.attention import AttentionPlan
from learning.nn.plan import execute
from learning.nn.prefill import list_attention_plans

ROWS_AT_ONCE: Final = 64
"""Places whose probabilities are computed at once: there may be many thousand tokens."""


@dataclass(frozen=True)
class TokenScore:
    """A token of a text.

    Attributes:
        token: The token as a person may read it.
        log_probability: The logarithm of its probability, given those before; None of the first, -inf of one that the
            model never writes.
        top: The most probable tokens at its place; none of the first.
    """

    token: str
    log_probability: float | None
    top: tuple[TokenChoice, ...]


@dataclass(frozen=True)
class NextTokens:
    """What a net makes of a text.

    Attributes:
        tokens: Those that it sees, first to last.
        next: The most probable tokens after them.
        attention: Of each attention layer, how much each token looks at each (heads, looking, looked at); 0 ahead.
    """

    tokens: tuple[TokenScore, ...]
    next: tuple[TokenChoice, ...]
    attention: tuple[NDArray[np.floating], ...]


@np.errstate(all="ignore")
def read_text(writer: Writer, text: str | Sequence[int], top: int) -> NextTokens:
    """Read a text; of nothing what the model takes for a beginning.

    Args:
        writer: The model.
        text: The text, or its tokens.
        top: How many of the most probable tokens are told at each place.
    """
    seen, plan = writer.encode(text), writer.net.plan_tokens(1)
    count, names = len(seen), writer.tokenizer.tokens
    window = np.zeros((1, plan.context + 1), np.int32)
    window[0, :count] = seen
    execute(plan.plan_forward(window))
    tokens = [TokenScore(names[seen[0]], None, ())]
    choices: tuple[TokenChoice, ...] = ()
    for start in range(0, count, ROWS_AT_ONCE):
        rows = writer.find_log_probabilities(plan.logits[start : min(start + ROWS_AT_ONCE, count)])
        for place, row in enumerate(rows, start + 1):
            expected = writer.mix(row, seen[:place])
            choices = writer.list_choices(expected, top)
            if place < count:
                tokens.append(TokenScore(names[seen[place]], float(expected[seen[place]]), choices))
    layers = [cast("AttentionPlan", each).attention for each in list_attention_plans(plan.stack)]
    attention = tuple([each[:, 0, :count, :count].transpose(0, 2, 1) for each in layers])
    return NextTokens(tuple(tokens), choices, attention)
