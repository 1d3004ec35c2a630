"""The threads of the table library: started when it is first used, and bound to the cores that its user is bound to."""

import polars as pl


def start_threads() -> None:
    """Have them started now, by a thread that may run on every core."""
    table = pl.LazyFrame({"word": ["a", "b", "a"], "number": [1, 2, 3]})
    table.group_by("word").agg(pl.col("number").sum()).collect()
