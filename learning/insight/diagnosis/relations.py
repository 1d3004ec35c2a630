"""Rules about related rows on both sides of the split: copies, groups, and rows that are earlier than training rows."""

from collections.abc import Iterator
from typing import Any, Final

from learning.insight.diagnosis.data import join_names
from learning.insight.diagnosis.findings import Finding, Patch
from learning.insight.diagnosis.record import TrainingRecord

MIN_KNOWN_SHARE: Final = 0.05
"""From this share of the held-out rows on, copies of training rows make metrics better than they are."""

MIN_KNOWN_GROUP_SHARE: Final = 0.5
MIN_EARLIER_SHARE: Final = 0.5

Relations = dict[str, Any]


def copied_rows(record: TrainingRecord) -> Iterator[Finding]:
    """Held-out rows are copies of training rows, so they are known already."""
    found = _read_relations(record)
    known = found.get("held_out_copies", 0)
    if not known or known < MIN_KNOWN_SHARE * found["held_out"]:
        return
    yield Finding(
        code="copied_rows",
        severity="warning",
        title="Copies of rows on both sides of the split",
        detail=f"{found['copies']:,} of {found['rows']:,} rows are copies of others, on both sides of the split: "
        f"{known:,} of {found['held_out']:,} held-out rows are equal to a training row. A net that only remembers its "
        "training rows is right about them, so its metrics say little about new rows.",
        advice="Keep copies together (split.keep_copies_together), or upload each row once.",
        numbers={"copies": float(found["copies"]), "held_out_copies": float(known)},
        suggested_patch={"split": {"keep_copies_together": True}} if _may_change_split(record) else None,
    )


def repeated_groups(record: TrainingRecord) -> Iterator[Finding]:
    """Rows come in groups with the same target, and held-out rows are of groups that are known from training rows."""
    found = _read_relations(record)
    known, columns = found.get("held_out_known", 0), list(found.get("group_columns", ()))
    if not columns or known < MIN_KNOWN_GROUP_SHARE * found["held_out"] or not known:
        return
    together = f" (so {'is' if len(columns) == 2 else 'are'} {join_names(columns[1:])})" if len(columns) > 1 else ""
    patch: Patch = {"split": {"group_by": columns[0]}}
    yield Finding(
        code="repeated_groups",
        severity="warning",
        title="Rows of one group on both sides of the split",
        detail=f"Rows come in groups: there are {found['groups']:,} in {found['rows']:,} rows, '{columns[0]}' is the "
        f"same within each{together}, and so is the target. {known:,} of {found['held_out']:,} held-out rows are of a "
        "group that training rows are of, so a net that only remembers the groups is right about them.",
        advice=f"If it is to predict for others than these groups, keep each on one side: set split.group_by to "
        f"'{columns[0]}', and leave columns that only name the group out of the features.",
        numbers={"groups": float(found["groups"]), "held_out_known": float(known)},
        suggested_patch=patch if _may_change_split(record) else None,
    )


def time_order(record: TrainingRecord) -> Iterator[Finding]:
    """Rows have an order in time, and held-out rows are earlier than training rows."""
    found = _read_relations(record)
    name, earlier = found.get("time_column"), found.get("held_out_earlier", 0)
    may_order = _may_change_split(record) and record.spec.split.folds is None
    if name is None or earlier < MIN_EARLIER_SHARE * found["held_out"] or not earlier:
        return
    yield Finding(
        code="time_order",
        severity="info",
        title="Rows in order of time",
        detail=f"The rows have an order in time, by '{name}', and {earlier:,} of {found['held_out']:,} held-out rows "
        "are earlier than some training rows. Where the future is to be predicted, metrics on such rows are too good.",
        advice=f"If predictions are for later rows than these, hold the newest out: set split.order_by to '{name}'.",
        numbers={"held_out_earlier": float(earlier)},
        suggested_patch={"split": {"order_by": name}} if may_order else None,
    )


def _read_relations(record: TrainingRecord) -> Relations:
    """The figures of the related rows; none where they were not looked for."""
    stats = record.dataset_stats
    return dict(stats.related_rows) if stats is not None and stats.related_rows is not None else {}


def _may_change_split(record: TrainingRecord) -> bool:
    """Whether a field added to the split contradicts no other of it."""
    return record.spec.split.is_random
