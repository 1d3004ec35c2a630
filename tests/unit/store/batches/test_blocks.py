"""Blocks of batches in the store: claims, tokens, order, ends, and what batches tell."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from contract.ids import new_id
from contract.states import BatchFormat
from store import datasets
from store.batches import batches, blocks
from store.batches.blocks import BlockClaim
from store.database import SessionFactory, begin_write
from store.errors import InUse, NotFound, WrongState
from store.tables import BatchBlockRow, BatchRow
from tests.unit.store.factories import OWNER, PROBLEM, add_dataset
from tests.unit.store.webhooks.factories import add_webhook, list_events


def add_batch(
    s: Session, *, rows: int = 25, owner: str = OWNER, file_format: BatchFormat = "csv", must_read: bool = False
) -> str:
    return batches.add(
        s,
        must_read=must_read,
        id=new_id("bat"),
        owner=owner,
        model_id="mdl_1",
        model_name="houses",
        model_version=1,
        dataset_id=add_dataset(s, owner=owner, status="ready").id,
        format=file_format,
        columns=[],
        interval=None,
        rows=rows,
        rows_rejected=1,
        block_rows=10,
        warnings=["odd"],
        errors=[{"line": 3}],
    ).id


def claim(s: Session) -> BlockClaim:
    claimed = blocks.claim(s, "worker", 30)
    assert claimed is not None
    return claimed


def complete(s: Session, claimed: BlockClaim) -> bool:
    return blocks.complete(s, claimed, f"batches/{claimed.batch_id}/{claimed.number}_{claimed.token}", 100)


def expire_leases(s: Session) -> None:
    s.execute(update(BatchBlockRow).values(leased_until=BatchBlockRow.leased_until - 100))


def test_each_block_is_done_once_and_the_last_one_ends_the_batch(db: SessionFactory) -> None:
    with begin_write(db) as s:
        webhook = add_webhook(s)
        batch = add_batch(s)
        claimed = [claim(s) for _ in range(3)]
        assert blocks.claim(s, "worker", 30) is None
        assert [(each.number, each.first_row, each.kind) for each in claimed] == [
            (1, 0, "predict"),
            (2, 10, "predict"),
            (3, 20, "predict"),
        ]
        for each in reversed(claimed):
            assert batches.get(s, OWNER, batch).status == "running"
            assert complete(s, each)
            assert not complete(s, each)
        row = batches.get(s, OWNER, batch)
        assert (row.status, row.rows_done, row.error) == ("succeeded", 25, None)
        assert row.finished_at is not None
        assert batches.list_output(s, batch) == [(f"batches/{batch}/{number}_1", 100) for number in (1, 2, 3)]
        assert list_events(s, webhook) == [("batch.succeeded", batch)]
        assert not blocks.has_claimable(s)


def test_a_worker_that_was_lost_and_wakes_changes_nothing(db: SessionFactory) -> None:
    with begin_write(db) as s:
        batch = add_batch(s, rows=5)
        lost = claim(s)
        expire_leases(s)
        again = claim(s)
        assert (again.number, again.token) == (lost.number, lost.token + 1)
        assert blocks.find_lost_reason(s, lost) == "another worker has claimed it"
        assert blocks.find_lost_reason(s, again) is None
        assert not blocks.renew_lease(s, lost, 30)
        assert not complete(s, lost)
        assert not blocks.release(s, lost)
        assert not blocks.fail(s, lost, PROBLEM)
        assert blocks.renew_lease(s, again, 30)
        assert complete(s, again)
        assert batches.list_output(s, batch) == [(f"batches/{batch}/1_2", 100)]
        assert batches.get(s, OWNER, batch).rows_done == 5


def test_a_block_that_its_worker_gave_back_is_claimed_again(db: SessionFactory) -> None:
    with begin_write(db) as s:
        add_batch(s, rows=5)
        for _ in range(5):
            assert blocks.release(s, claim(s))
        assert s.get_one(BatchBlockRow, (claim(s).batch_id, 1), populate_existing=True).attempts == 1


def test_a_batch_fails_when_three_workers_are_lost_at_one_block(db: SessionFactory) -> None:
    with begin_write(db) as s:
        batch = add_batch(s)
        for _ in range(blocks.MAX_ATTEMPTS):
            assert claim(s).number == 1
            expire_leases(s)
        assert blocks.claim(s, "worker", 30) is None
        row = batches.get(s, OWNER, batch)
        assert (row.status, row.error) == ("failed", blocks.CRASH_LOOP)


def test_a_failed_block_fails_its_batch(db: SessionFactory) -> None:
    with begin_write(db) as s:
        webhook = add_webhook(s)
        batch = add_batch(s)
        first, second = claim(s), claim(s)
        assert blocks.fail(s, first, PROBLEM)
        assert not complete(s, second)
        assert blocks.find_lost_reason(s, second) == "failed"
        assert batches.get(s, OWNER, batch).error == PROBLEM
        assert list_events(s, webhook) == [("batch.failed", batch)]


def test_what_must_be_read_or_joined_is_a_block_before_or_after_the_others(db: SessionFactory) -> None:
    with begin_write(db) as s:
        batch = add_batch(s, file_format="parquet", must_read=True)
        reading = claim(s)
        assert (reading.number, reading.kind, reading.table) == (0, "read", None)
        assert blocks.claim(s, "worker", 30) is None
        assert blocks.complete(s, reading, "batches/b/0_1", 7, ["2 cells are no numbers."])
        for _ in range(3):
            predicting = claim(s)
            assert (predicting.kind, predicting.table) == ("predict", "batches/b/0_1")
            assert complete(s, predicting)
        assert batches.get(s, OWNER, batch).status == "running"
        joining = claim(s)
        assert (joining.number, joining.kind) == (4, "join")
        assert blocks.list_keys(s, batch) == [f"batches/{batch}/{number}_1" for number in (1, 2, 3)]
        assert complete(s, joining)
        row = batches.get(s, OWNER, batch)
        assert (row.status, row.rows_done, row.warnings) == ("succeeded", 25, ["odd", "2 cells are no numbers."])
        assert batches.list_output(s, batch) == [(f"batches/{batch}/4_1", 100)]


def test_batches_take_turns(db: SessionFactory) -> None:
    with begin_write(db) as s:
        ann, bob = add_batch(s, owner="ann"), add_batch(s, owner="bob")

        assert [claim(s).batch_id for _ in range(4)] == [ann, bob, ann, bob]


def test_a_cancelled_batch_takes_nothing_any_more(db: SessionFactory) -> None:
    with begin_write(db) as s:
        webhook = add_webhook(s)
        batch = add_batch(s)
        claimed = claim(s)
        for other in ("bob", OWNER):
            if other == OWNER:
                assert batches.cancel(s, OWNER, batch).status == "cancelled"
            else:
                with pytest.raises(NotFound):
                    batches.cancel(s, other, batch)
        assert batches.cancel(s, OWNER, batch).status == "cancelled"
        assert blocks.find_lost_reason(s, claimed) == "cancelled"
        assert not complete(s, claimed)
        assert blocks.claim(s, "worker", 30) is None
        assert list_events(s, webhook) == [("batch.cancelled", batch)]


def test_a_dataset_stays_while_a_batch_reads_it_and_a_batch_until_it_has_ended(db: SessionFactory) -> None:
    with begin_write(db) as s:
        batch = add_batch(s, rows=5)
        dataset = batches.get(s, OWNER, batch).dataset_id
        with pytest.raises(InUse, match=batch):
            datasets.delete(s, OWNER, dataset)
        with pytest.raises(WrongState, match="cancel it first"):
            batches.delete(s, OWNER, batch)
        assert complete(s, claim(s))
        datasets.delete(s, OWNER, dataset)
        with pytest.raises(WrongState, match="has succeeded"):
            batches.cancel(s, OWNER, batch)
        assert batches.get(s, OWNER, batch, with_errors=True).errors == [{"line": 3}]
        batches.delete(s, OWNER, batch)
        with pytest.raises(NotFound):
            batches.get(s, OWNER, batch)


def test_old_batches_are_deleted_and_running_ones_are_not(db: SessionFactory) -> None:
    with begin_write(db) as s:
        old, new, running = (add_batch(s, rows=5) for _ in range(3))
        for batch in (old, new):
            batches.cancel(s, OWNER, batch)
        s.execute(update(BatchRow).where(BatchRow.id == old).values(finished_at=BatchRow.finished_at - 1000))
        assert batches.delete_old(s, 500) == [old]
        left, _ = batches.list_page(s, OWNER, 10)
        assert [row.id for row in left] == [running, new]
        assert batches.count_active(s, OWNER) == 1
