"""The tables of the database as typed classes, one module a subject; import them from here.

A change needs a step in `migrations/versions`; a test compares the two. Times are float Unix seconds.
"""

from store.tables.base import JsonObject as JsonObject
from store.tables.base import Row as Row
from store.tables.batches import BatchBlockRow as BatchBlockRow
from store.tables.batches import BatchRow as BatchRow
from store.tables.datasets import DatasetIssueRow as DatasetIssueRow
from store.tables.datasets import DatasetRow as DatasetRow
from store.tables.datasets import FileText as FileText
from store.tables.installation import InstallationRow as InstallationRow
from store.tables.jobs import CheckpointRow as CheckpointRow
from store.tables.jobs import DatasetStatsRow as DatasetStatsRow
from store.tables.jobs import EpochRow as EpochRow
from store.tables.jobs import JobRow as JobRow
from store.tables.jobs import Resume as Resume
from store.tables.keys import IdempotencyRow as IdempotencyRow
from store.tables.keys import KeyRow as KeyRow
from store.tables.models import AliasRow as AliasRow
from store.tables.models import ModelInsightRow as ModelInsightRow
from store.tables.models import ModelNameRow as ModelNameRow
from store.tables.models import ModelRow as ModelRow
from store.tables.models import ModelWeightsRow as ModelWeightsRow
from store.tables.monitoring import MonitorRow as MonitorRow
from store.tables.monitoring import PredictionRow as PredictionRow
from store.tables.nets import EnsembleWeightsRow as EnsembleWeightsRow
from store.tables.nets import LayerStatsRow as LayerStatsRow
from store.tables.nets import NetRow as NetRow
from store.tables.nets import WeightSnapshotRow as WeightSnapshotRow
from store.tables.sweeps import SweepRow as SweepRow
from store.tables.trackings import TrackingRow as TrackingRow
from store.tables.webhooks import DeliveryRow as DeliveryRow
from store.tables.webhooks import WebhookRow as WebhookRow
