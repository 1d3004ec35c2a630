"""Weight history and layer statistics in the store: started by the holder, thinned, paginated, deleted with the job."""

import json

import pytest
from sqlalchemy import select

from store.database import SessionFactory, begin_write
from store.jobs import claims, jobs, layer_stats, weight_history
from store.jobs.layer_stats import LayerStatsRecord
from store.tables import LayerStatsRow, NetRow, WeightSnapshotRow
from tests.unit.store.factories import OWNER, add_job, expire_lease


@pytest.fixture
def job_id(db: SessionFactory) -> str:
    """A job that its first claim holds, and whose net is about to learn."""
    with begin_write(db) as s:
        job_id = add_job(s)
        assert claims.claim(s, "worker", 30)
        assert weight_history.start(s, job_id, 1, b"header", b"first")
    return job_id


def test_only_the_holder_of_the_job_may_start_a_weight_history(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        expire_lease(s, job_id)
        assert claims.claim(s, "another", 30)
        assert not weight_history.start(s, job_id, 1, b"other", b"other")
        assert (weight_history.get_header(s, job_id), list(weight_history.iterate_weights(s, job_id, [0]))) == (
            b"header",
            [(0, b"first")],
        )


def test_a_restart_replaces_the_first_weights_and_a_resume_keeps_them(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        assert weight_history.start(s, job_id, 1, b"header", None)
        assert list(weight_history.iterate_weights(s, job_id, [0])) == [(0, b"first")]
        assert weight_history.start(s, job_id, 1, b"header", b"again")
        assert list(weight_history.iterate_weights(s, job_id, [0])) == [(0, b"again")]


def test_weights_are_thinned_by_the_stride_and_the_newest_stays_until_the_next(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        weight_history.add_snapshots(s, job_id, {1: b"1", 2: b"2", 3: b"3"}, 1)
        assert weight_history.list_epochs(s, job_id) == [0, 1, 2, 3]
        weight_history.add_snapshots(s, job_id, {4: b"4", 5: b"5"}, 2)
        assert weight_history.list_epochs(s, job_id) == [0, 2, 4, 5]
        weight_history.add_snapshots(s, job_id, {40: b"40", 43: b"43"}, 4)
        assert weight_history.list_epochs(s, job_id) == [0, 4, 40, 43]
        assert list(weight_history.iterate_weights(s, job_id, [0, 1, 40, 43])) == [
            (0, b"first"),
            (40, b"40"),
            (43, b"43"),
        ]


def test_weight_snapshots_are_listed_completely_in_order(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        weight_history.add_snapshots(s, job_id, {epoch: bytes([epoch]) for epoch in range(1, 100)}, 1)
        assert [
            epoch for epoch, _ in weight_history.iterate_weights(s, job_id, weight_history.list_epochs(s, job_id))
        ] == list(range(100))


def test_the_newest_gradients_are_returned(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        assert weight_history.get_gradients(s, job_id) is None
        weight_history.update_gradients(s, job_id, 3, b"gradients", b"dead")
        weight_history.update_gradients(s, job_id, 7, b"later", b"\0")
        assert weight_history.get_gradients(s, job_id) == (7, b"later", b"\0")
        assert weight_history.get_gradients(s, "job_of_nobody") is None


def test_layers_are_read_as_rows_and_as_the_same_json(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        odd = LayerStatsRecord(
            epoch=9, layers=[{"layer": 1, "name": "é\n"}], non_finite={"layers.0.weight_norm": "nan"}
        )
        layer_stats.add(s, job_id, [LayerStatsRecord(epoch=epoch, layers=[{"layer": epoch}]) for epoch in (1, 2, 5)])
        layer_stats.add(s, job_id, [odd])
        rows, (texts, more) = layer_stats.list_latest(s, job_id, 2), layer_stats.list_page_as_json(s, job_id, 4, 1, 2)
        assert ([row.epoch for row in rows], list(texts), more) == ([5, 9], [2, 5], True)
        assert json.loads(texts[2])["net"] == 4
        texts, more = layer_stats.list_page_as_json(s, job_id, None, 1, 3)

    assert (list(texts), more) == ([2, 5, 9], False)
    assert json.loads(texts[9]) == {**vars(odd), "net": None}
    assert json.loads(texts[5]) == {"epoch": 5, "net": None, "layers": [{"layer": 5}], "non_finite": None}


def test_weight_history_and_layer_statistics_are_deleted_with_the_job(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        layer_stats.add(s, job_id, [LayerStatsRecord(epoch=1, layers=[])])
        jobs.cancel(s, OWNER, job_id)
        jobs.delete(s, OWNER, job_id)
        assert [s.scalars(select(row)).all() for row in (LayerStatsRow, NetRow, WeightSnapshotRow)] == [[], [], []]
