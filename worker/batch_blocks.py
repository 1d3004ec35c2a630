"""Blocks of batches of predictions: claim one, predict its rows, write the file, commit it once.

A block is short, so whoever loses its lease loses little; another worker does it again under another key.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy.orm import Session

from contract.problems import PROBLEM_KINDS
from learning.errors import LearningError
from learning.model import Model
from process.logs import Logger, get_logger
from store import datasets
from store.batches import blocks
from store.batches.blocks import BlockClaim
from store.database import begin_read
from store.errors import NotFound
from store.files import block_key, original_key, table_key
from store.models import models
from store.tables import DatasetRow, JsonObject
from tables import (
    check_read_plan,
    join_blocks,
    make_read_plan,
    read_block,
    read_block_cells,
    write_block,
)
from worker import problems
from worker.context import WorkerContext
from worker.ingest import ingest_within_limits
from worker.lease import Lease, LeasedBlock, LeaseLost

MODEL_GONE: Final = PROBLEM_KINDS["model-gone"].document()

log = get_logger(__name__)


@dataclass(frozen=True)
class Block:
    """A block under its lease: its claim, and the key of the file that it becomes."""

    context: WorkerContext
    claim: BlockClaim
    lease: Lease
    key: str


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


def predict(block: Block, model: Model, dataset: DatasetRow) -> None:
    """Predict the rows of a block."""
    claim, files = block.claim, block.context.files
    rows = min(claim.block_rows, claim.rows - claim.first_row)
    profile = dataset.columns or [] if claim.table is None else _describe_inputs(model)
    with ExitStack() as stack:
        source = stack.enter_context(files.local_copy(table_key(claim.dataset_id)))
        table = source if claim.table is None else stack.enter_context(files.local_copy(claim.table))
        frame = read_block(table, model.inputs, profile, claim.first_row, rows)
        block.lease.check()
        predictions, _ = model.predict(frame, 0, claim.interval)
        block.lease.check()
        cells = read_block_cells(source, claim.columns, claim.first_row, rows)
        out = stack.enter_context(files.create(block.key))
        write_block(cells, predictions, out, claim.format, is_first=claim.number == 1)


def read_as_model_reads(block: Block, model: Model, dataset: DatasetRow) -> list[str]:
    """Read the dataset's file as the model reads; returns warnings."""
    claim, context, profile = block.claim, block.context, dataset.columns or []
    plan = make_read_plan(profile, model.inputs, dataset.types, dataset.read_options or {})
    if plan is None:
        raise LearningError("The dataset is read as the model reads already.", "Submit the batch again.")
    with context.files.local_copy(original_key(claim.dataset_id)) as source, context.files.create(block.key) as into:
        table = ingest_within_limits(
            context, dataset.format, source, into, block.lease.check, types=plan.types, options=plan.options
        )
        return [sentence for _, sentence in check_read_plan(plan, profile, dataset.rows or 0, table)]


def join(block: Block) -> None:
    """Join the files of all rows to one."""
    files = block.context.files
    with begin_read(block.context.sessions) as s:
        keys = blocks.list_keys(s, block.claim.batch_id)
    with ExitStack() as stack:
        parts = [stack.enter_context(files.local_copy(part)) for part in keys]
        join_blocks(parts, stack.enter_context(files.create(block.key)))


def _describe_inputs(model: Model) -> list[dict[str, Any]]:
    """The profile of a table that was read as a model reads."""
    return [
        {"name": column.name, "type": column.type, "format": column.format and column.format.to_json()}
        for column in model.inputs
    ]
