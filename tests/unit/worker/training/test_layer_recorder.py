"""The layer recorder: how often it measures a job that has been trained before."""

from dataclasses import replace

from learning.training.trainer import Epoch
from store import database
from store.jobs import layer_stats
from store.jobs.claims import JobClaim
from tests.unit.worker.training.test_checkpointer import make_trainer
from worker.context import WorkerContext
from worker.training.layer_recorder import LayerRecorder


def test_a_job_that_was_trained_for_long_is_measured_rarely_by_its_next_attempt(
    context: WorkerContext, claim: JobClaim
):
    trainer = make_trainer(context, claim)
    recorder = LayerRecorder(replace(claim, worked_seconds=1e9), 0)
    recorder.start(trainer)
    for event in trainer.run():
        if isinstance(event, Epoch):
            recorder.record_epoch(event.epoch, trainer)
            if event.epoch == 1000:
                break
    with database.begin_write(context.sessions) as s:
        recorder.write_pending(s)
        assert [row.epoch for row in layer_stats.list_latest(s, claim.job_id, 1000)] == [1]
