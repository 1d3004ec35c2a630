"""What a block of a batch becomes: predictions of its rows, the table as the model reads it, or all files in one.

Each writes the file of its block, and looks at its lease between the steps that take long.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from learning.errors import LearningError
from learning.model import Model
from store.batches import blocks
from store.batches.blocks import BlockClaim
from store.database import begin_read
from store.files import original_key, table_key
from store.tables import DatasetRow
from tables import (
    check_read_plan,
    join_blocks,
    make_read_plan,
    read_block,
    read_block_cells,
    write_block,
)
from worker.context import WorkerContext
from worker.ingest import ingest_within_limits
from worker.lease import Lease


@dataclass(frozen=True)
class Block:
    """A block under its lease: its claim, and the key of the file that it becomes."""

    context: WorkerContext
    claim: BlockClaim
    lease: Lease
    key: str


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
