"""The tables of the database as typed classes, one module a subject; import them from here.

A change needs a step in `migrations/versions`; a test compares the two. Times are float Unix seconds.
"""

from store.tables.base import JsonObject, Row
from store.tables.datasets import DatasetIssueRow, DatasetRow
from store.tables.jobs import CheckpointRow, DatasetStatsRow, EpochRow, JobRow, Resume
from store.tables.keys import IdempotencyRow, KeyRow
from store.tables.models import AliasRow, ModelInsightRow, ModelNameRow, ModelRow, ModelWeightsRow
from store.tables.nets import LayerStatsRow, NetRow, WeightSnapshotRow

__all__ = [
    "AliasRow",
    "CheckpointRow",
    "DatasetIssueRow",
    "DatasetRow",
    "DatasetStatsRow",
    "EpochRow",
    "IdempotencyRow",
    "JobRow",
    "JsonObject",
    "KeyRow",
    "LayerStatsRow",
    "ModelInsightRow",
    "ModelNameRow",
    "ModelRow",
    "ModelWeightsRow",
    "NetRow",
    "Resume",
    "Row",
    "WeightSnapshotRow",
]
