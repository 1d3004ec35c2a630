"""The names of insights, which need nothing else to be known."""

from typing import Literal

InsightName = Literal[
    "evaluate", "explanations", "hard_examples", "importance", "partial_dependence", "slices", "trace"
]
