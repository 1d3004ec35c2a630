"""Checkpoints of a running job: written at intervals, and restored by the next attempt.

The interval is in seconds, and a checkpoint may fall within an epoch, so a short job writes none and a long one loses
little work. It grows with the time that writing takes, which bounds the cost for a large net.
"""

import time
from mmap import ACCESS_READ, mmap
from typing import Final

from sqlalchemy.orm import Session

from learning.errors import CorruptCheckpoint
from learning.training.checkpoint import TrainingCheckpoint
from learning.training.trainer import Trainer
from process.logs import Logger
from store.database import begin_read, begin_write, first_line, is_disk_full
from store.errors import DiskFull, FileNotFound, StorageUnavailable
from store.files import checkpoint_key
from store.jobs import checkpoints, claims
from store.jobs.checkpoints import Checkpoint
from store.jobs.claims import FIRST_TOKEN, JobClaim
from store.jobs.ensembles import find_ensemble_id
from worker.context import DATABASE_UNAVAILABLE, WorkerContext
from worker.lease import DISK_FULL, LOST, Lease, LeaseLost
from worker.training.epoch_writer import EpochWriter

MAX_TIME_SHARE: Final = 0.02
"""The maximum share of a job's time spent on checkpoints."""
MAX_CHECKPOINT_BYTES: Final = 2**40


class Checkpointer:
    """Writes and restores the checkpoints of one claim, each with the pending epochs before it."""

    def __init__(self, context: WorkerContext, claim: JobClaim, epochs: EpochWriter, log: Logger) -> None:
        self._context = context
        self._claim = claim
        self._epochs = epochs
        self._log = log
        self._due_at = time.monotonic() + context.settings.checkpoint_seconds
        self._keys: list[str] = []
        self._keys_of_nets: list[str] = []

    def restore(self, trainer: Trainer, lease: Lease) -> None:
        """Resume from the newest intact checkpoint; without one, training begins with the first epoch.

        Raises:
            LeaseLost: the claim no longer holds the job.
            StorageUnavailable: the storage stayed unavailable for as long as a lease lasts.
        """
        if self._claim.token == FIRST_TOKEN:
            return  # there was no earlier attempt
        for checkpoint in self._list_checkpoints(lease):
            self._keys.append(checkpoint.key)
            try:
                self._load(trainer, checkpoint, lease)
            except (FileNotFound, CorruptCheckpoint) as error:
                self._log.warning("checkpoint cannot be used", key=checkpoint.key, error=str(error))
            else:
                self._log.info("resumed", epoch=checkpoint.epoch, rows=checkpoint.rows)
                return

    def save_when_due(self, trainer: Trainer) -> None:
        """Write a checkpoint, if one is due.

        Raises:
            LeaseLost: the claim no longer holds the job, or the disk is full.
        """
        began = time.monotonic()
        if began >= self._due_at:
            if not self._context.disk_guard.has_space():
                raise LeaseLost(DISK_FULL)
            self.save(trainer)
            now = time.monotonic()
            self._due_at = now + max(self._context.settings.checkpoint_seconds, (now - began) / MAX_TIME_SHARE)

    def save(self, trainer: Trainer) -> bool:
        """Write a checkpoint now; False if the disk is too small or the storage unavailable: the earlier ones remain.

        Raises:
            LeaseLost: the claim no longer holds the job, or the database's disk is full.
        """
        position = trainer.position
        key = checkpoint_key(self._claim.job_id, self._claim.token, position.epoch, position.rows)
        files = self._context.files
        try:
            stored = files.put(trainer.checkpoint().to_chunks(), key, MAX_CHECKPOINT_BYTES)
            checkpoint = Checkpoint(
                key=key, sha256=stored.sha256, bytes=stored.bytes, epoch=position.epoch - 1, rows=position.rows
            )
            replaced = self._add(checkpoint)
            self._keys.append(key)
            for old in replaced:
                files.delete(old)
        except (*DATABASE_UNAVAILABLE, StorageUnavailable, DiskFull, OSError) as error:
            if is_disk_full(error):
                raise LeaseLost(DISK_FULL) from error
            self._log.warning("checkpoint not kept", error=first_line(error))
            return False
        return True

    def find_files_of_nets(self, s: Session) -> None:
        """Look up the files of the other nets of an ensemble, which are cancelled if this one fails."""
        if self._claim.net is not None:
            kept = checkpoints.list_of_nets(s, find_ensemble_id(self._claim.job_id))
            self._keys_of_nets = [checkpoint.key for checkpoint in kept]

    def delete_files(self, *, has_failed: bool = False) -> None:
        """Delete the files of a job that has ended; files that cannot be deleted now are left to the cleanup.

        Of a net that has failed, those of all nets of its ensemble.
        """
        try:
            for key in {*self._keys, *(self._keys_of_nets if has_failed else ())}:
                self._context.files.delete(key)
        except (StorageUnavailable, OSError) as error:
            self._log.warning("checkpoint not deleted", error=first_line(error))

    def _add(self, checkpoint: Checkpoint) -> list[str]:
        """Write the pending epochs and the checkpoint's row; returns the keys of the files that it replaces."""
        with begin_write(self._context.sessions) as s:
            self._epochs.write_pending(s)
            replaced = claims.add_checkpoint(s, self._claim.job_id, self._claim.token, checkpoint)
            if replaced is None:
                raise LeaseLost(LOST)
        self._epochs.mark_written()
        return replaced

    def _list_checkpoints(self, lease: Lease) -> list[Checkpoint]:
        while True:
            with lease.guard(), begin_read(self._context.sessions) as s:
                return checkpoints.list_newest_first(s, self._claim.job_id)

    def _load(self, trainer: Trainer, checkpoint: Checkpoint, lease: Lease) -> None:
        while True:
            with lease.guard(), self._context.files.local_copy(checkpoint.key) as path, path.open("rb") as file:
                if path.stat().st_size != checkpoint.bytes:
                    raise CorruptCheckpoint("The file has another size than was written.")
                # mapped and not read, to save memory beside a large net
                data = mmap(file.fileno(), 0, access=ACCESS_READ)
                trainer.restore(TrainingCheckpoint.from_bytes(memoryview(data), checkpoint.sha256))
                return
