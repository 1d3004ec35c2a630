"""Blocks of batches of predictions: claim one, predict its rows, write the file, commit it once.

A block is short, so whoever loses its lease loses little; another worker does it again under another key.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from contract.problems import PROBLEM_KINDS
from learning.model import Model
from process.logs import Logger, get_logger
from store import datasets
from store.batches import blocks
from store.database import begin_read
from store.errors import NotFound
from store.files import block_key
from store.models import models
from store.tables import JsonObject
from worker import problems
from worker.batches.blocks import Block, join, predict, read_as_model_reads
from worker.context import WorkerContext
from worker.lease import Lease, LeasedBlock, LeaseLost

MODEL_GONE: Final = PROBLEM_KINDS["model-gone"].document()

log = get_logger(__name__)


class BlockWorker:
    """Does blocks one after the other, and keeps the model of the last one, which the next mostly needs too."""

    def __init__(self) -> None:
        self._cached: tuple[str, Model] | None = None

    def do_next(self, context: WorkerContext) -> bool:
        """Do the next block; False if there is none, or its lease was lost."""
        claim = context.claim(blocks.claim)
        if claim is None:
            self._cached = None
            return False
        block_log = log.bind(batch=claim.batch_id, block=claim.number)
        began = time.monotonic()
        with Lease(context, LeasedBlock(claim), block_log) as lease:
            block = Block(context, claim, lease, block_key(claim.batch_id, claim.number, claim.token))
            complete = self._do(block, block_log)

            def write_failure(s: Session, problem: JsonObject) -> object:
                return blocks.fail(s, claim, problem)

            lease.write_end(complete, write_failure)
            block_log.info("block done", kind=claim.kind, seconds=round(time.monotonic() - began, 3))
            return True
        return False

    def _do(self, block: Block, log: Logger) -> Callable[[Session], object]:
        """Do a block; returns the function that commits it, or its failure.

        Raises:
            LeaseLost: the claim no longer holds the block.
        """
        claim, files = block.claim, block.context.files
        try:
            while True:
                with block.lease.guard():
                    warnings = self._write_file(block)
                    size = files.stat(block.key).bytes
                    return partial(blocks.complete, claim=claim, key=block.key, size=size, warnings=warnings)
        except LeaseLost:
            raise
        except Exception as error:  # any other error ends the batch with a problem
            is_model = isinstance(error, NotFound) and error.reference == claim.model_id
            problem = MODEL_GONE if is_model else problems.describe_error(error, log)
        return partial(blocks.fail, claim=claim, problem=problem)

    def _write_file(self, block: Block) -> list[str]:
        """Write the file of a block; returns warnings."""
        context, claim = block.context, block.claim
        if claim.kind == "join":
            join(block)
            return []
        model = self._load_model(context, claim.model_id)
        with begin_read(context.sessions) as s:
            dataset = datasets.get(s, claim.owner, claim.dataset_id)
        if claim.kind == "read":
            return read_as_model_reads(block, model, dataset)
        predict(block, model, dataset)
        return []

    def _load_model(self, context: WorkerContext, model_id: str) -> Model:
        if self._cached is None or self._cached[0] != model_id:
            self._cached = None  # its memory is needed for the next one
            with begin_read(context.sessions) as s:
                self._cached = model_id, Model.from_bytes(models.get_weights(s, model_id))
        return self._cached[1]
