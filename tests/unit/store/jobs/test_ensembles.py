"""Ensembles in the store: a job waits for its nets, and every action is on all of them."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from contract.ids import new_id
from store import datasets, retention
from store.database import SessionFactory, begin_read, begin_write
from store.errors import InUse, NotFound, WrongState
from store.jobs import claims, ensembles, jobs, queue_stats, turns
from store.tables import CheckpointRow, EnsembleWeightsRow, EpochRow, JobRow
from tests.unit.store.factories import (
    CHECKPOINT,
    NO_PROGRESS,
    OWNER,
    PROBLEM,
    add_dataset,
    add_job,
    epochs,
    expire_lease,
    new_model,
)

NETS = 3
EPOCHS = 9


def add_ensemble(
    s: Session,
    *,
    owner: str = OWNER,
    nets: int = NETS,
    limit: float | None = None,
    split: dict[str, str | None] | None = None,
) -> str:
    dataset_id = add_dataset(s, owner=owner, status="ready").id
    spec = {
        "dataset_id": dataset_id,
        "nets": nets,
        "epochs": EPOCHS,
        "tags": {"run": "first"},
        "time_limit_seconds": limit,
        "split": {"order_by": None, "folds": nets, "fold": 0, "test": 0.1, **(split or {})},
    }
    return jobs.add(s, id=new_id("job"), owner=owner, dataset_id=dataset_id, spec_json=json.dumps(spec)).id


def claim(s: Session) -> claims.JobClaim:
    held = claims.claim(s, "worker", 30)
    assert held is not None
    return held


def succeed(s: Session, held: claims.JobClaim, last_epoch: int = 4) -> None:
    assert claims.add_epochs(
        s, held.job_id, held.token, epochs(claims.get_row(s, held.job_id).epoch + 1, last_epoch), NO_PROGRESS
    )
    weights = f"weights of net {held.net}".encode()
    assert claims.succeed_net(s, held.job_id, held.token, weights, "early_stopping")


def statuses(s: Session, job_id: str) -> list[str]:
    """The state of the job, and of each of its nets."""
    return [jobs.get(s, OWNER, job_id).status, *(net.status for net in ensembles.list_nets(s, [job_id])[job_id])]


@pytest.fixture
def session(db: SessionFactory) -> Iterator[Session]:
    with begin_write(db) as s:
        yield s


def test_the_nets_of_a_job_are_claimed_before_it_each_with_a_fold_of_its_own(session: Session) -> None:
    job_id = add_ensemble(session, limit=60.0)
    assert claims.count_claimable(session) == NETS
    held = [claim(session) for _ in range(NETS)]

    assert [each.job_id for each in held] == [f"{job_id}.01", f"{job_id}.02", f"{job_id}.03"]
    assert [each.net for each in held] == [1, 2, 3]
    specs = [json.loads(each.spec_json) for each in held]
    assert [(spec["split"]["folds"], spec["split"]["fold"], spec["split"]["test"]) for spec in specs] == [
        (NETS, fold, 0.1) for fold in range(NETS)
    ]
    assert {(spec["nets"], spec["time_limit_seconds"]) for spec in specs} == {(1, 20.0)}
    assert claims.claim(session, "worker", 30) is None, "the job waits for its nets"
    job = jobs.get(session, OWNER, job_id)
    assert (job.status, job.waiting_nets, job.epochs, job.leased_until) == ("running", NETS, NETS * EPOCHS, None)
    assert job.started_at is not None


def test_nets_of_a_split_without_folds_hold_the_same_rows_out(session: Session) -> None:
    split = {"order_by": "when", "folds": None}
    add_ensemble(session, split=split)
    splits = [json.loads(claim(session).spec_json)["split"] for _ in range(NETS)]
    assert splits == [{**split, "fold": 0, "test": 0.1}] * NETS


def test_after_the_last_net_the_job_is_claimed_with_the_weights_of_all(session: Session) -> None:
    job_id = add_ensemble(session)
    waiting = list[int]()
    for _ in range(NETS):
        succeed(session, claim(session))
        waiting.append(jobs.get(session, OWNER, job_id).waiting_nets)
    assert waiting == [2, 1, 0]
    assert statuses(session, job_id) == ["queued", *["succeeded"] * NETS]
    assert claims.count_claimable(session) == 1
    held = claim(session)

    assert (held.job_id, held.net, held.epoch) == (job_id, None, NETS * EPOCHS)
    assert ensembles.load_weights(session, job_id) == {net: f"weights of net {net}".encode() for net in (1, 2, 3)}
    assert claims.succeed(session, job_id, held.token, new_model(), "all_epochs")
    assert session.scalars(select(func.count()).select_from(EnsembleWeightsRow)).one() == 0


def test_nets_of_two_machines_become_a_job_that_says_so(session: Session) -> None:
    for other, is_same in (("a", True), ("b", False)):
        job_id = add_ensemble(session)
        for machine in ("a", other, "a"):
            held = claims.claim(session, "worker", 30, {"machine": machine})
            assert held is not None
            succeed(session, held)
        combined = claims.claim(session, "worker", 30, {"machine": "a"})

        assert combined is not None
        job = jobs.get(session, OWNER, job_id)
        assert (job.reproducible, job.fingerprint) == (is_same, {"machine": "a"})
        assert job.warnings == ([] if is_same else [claims.MIXED_FINGERPRINTS])


def test_the_epochs_of_all_nets_are_the_progress_of_the_job(session: Session) -> None:
    job_id = add_ensemble(session)
    first, second = claim(session), claim(session)
    progress = claims.JobProgress(samples_per_second=100.0, eta_seconds=8.0, best={"epoch": 1})
    assert claims.add_epochs(session, first.job_id, first.token, epochs(1), progress)
    assert claims.add_epochs(session, second.job_id, second.token, epochs(1, 4), NO_PROGRESS)
    assert claims.add_epochs(session, first.job_id, first.token, epochs(2), progress)
    job = jobs.get(session, OWNER, job_id)
    assert (job.epoch, job.best, job.samples_per_second) == (6, None, 200.0)
    assert job.latest is not None
    assert (job.latest["net"], job.latest["epoch"]) == (1, 2)
    assert job.eta_seconds == pytest.approx(8.0 / (EPOCHS - 2) * (NETS * EPOCHS - 6) / 2)
    before = job.revision

    succeed(session, second, 5)
    job = jobs.get(session, OWNER, job_id)
    assert (job.epoch, job.revision > before) == (2 + EPOCHS, True), "epochs that a net needs no more are done"
    assert jobs.get_progress(session, OWNER, job_id) == ("running", 2 + EPOCHS)


def test_a_net_is_none_of_the_jobs_that_its_owner_sees(session: Session) -> None:
    job_id = add_ensemble(session)
    assert [row.id for row in jobs.list_page(session, OWNER, 9)[0]] == [job_id]
    assert jobs.count_unfinished(session, OWNER) == 1
    later = add_job(session)
    assert jobs.get_queue_position(session, jobs.get(session, OWNER, later)) == 1
    assert queue_stats.get_queue_stats(session).jobs["queued"] == 2
    net = ensembles.create_net_id(job_id, 1)
    for act in (jobs.get, jobs.get_progress, jobs.pause, jobs.resume, jobs.finish, jobs.cancel, jobs.delete):
        with pytest.raises(NotFound):
            act(session, OWNER, net)
    with pytest.raises(InUse) as refused:
        datasets.delete(session, OWNER, jobs.get(session, OWNER, job_id).dataset_id)
    assert refused.value.used_by == (job_id,)


def test_the_nets_in_training_count_in_turns_and_the_job_that_waits_does_not(session: Session) -> None:
    add_ensemble(session, owner="ann")
    assert claim(session).owner == "ann"
    bobs = add_job(session, owner="bob")
    assert turns.has_rival(session, "ann")
    assert claim(session).job_id == bobs
    add_job(session, owner="bob")
    assert not turns.has_rival(session, "ann"), "each has one in training"
    assert not turns.has_rival(session, "bob")


def test_a_net_that_fails_fails_the_job_and_cancels_the_others(session: Session) -> None:
    job_id = add_ensemble(session)
    succeed(session, claim(session))
    failing, other = claim(session), claim(session)
    beginning = replace(CHECKPOINT, epoch=0)
    assert claims.add_checkpoint(session, other.job_id, other.token, beginning) is not None
    assert claims.fail(session, failing.job_id, failing.token, PROBLEM)
    assert statuses(session, job_id) == ["failed", "succeeded", "failed", "cancelled"]
    job = jobs.get(session, OWNER, job_id)
    assert job.error == {**PROBLEM, "detail": f"Net 2 of 3: {PROBLEM['detail']}"}
    assert not claims.add_epochs(session, other.job_id, other.token, epochs(1), NO_PROGRESS)
    for table in (CheckpointRow, EnsembleWeightsRow):
        assert session.scalars(select(func.count()).select_from(table)).one() == 0
    assert claims.count_claimable(session) == 0


def test_a_net_that_kills_three_workers_fails_the_job(session: Session) -> None:
    job_id = add_ensemble(session, nets=2)
    for _ in range(3):
        expire_lease(session, claim(session).job_id)
    assert claims.claim(session, "worker", 30) is None
    assert statuses(session, job_id) == ["failed", "failed", "cancelled"]
    error = jobs.get(session, OWNER, job_id).error
    assert error is not None
    assert error["detail"].startswith("Net 1 of 2: Three workers")


def test_a_pause_stops_all_nets_and_a_resume_queues_them_again(session: Session) -> None:
    job_id = add_ensemble(session)
    succeed(session, claim(session))
    held = claim(session)
    assert jobs.pause(session, OWNER, job_id).status == "paused"
    assert statuses(session, job_id) == ["paused", "succeeded", "paused", "paused"]
    assert jobs.get(session, OWNER, job_id).attempts == 0
    assert not claims.renew_lease(session, held.job_id, held.token, 30)
    assert claims.count_claimable(session) == 0

    assert jobs.resume(session, OWNER, job_id).status == "queued"
    assert statuses(session, job_id) == ["queued", "succeeded", "queued", "queued"]
    assert claim(session).job_id == held.job_id
    assert statuses(session, job_id) == ["running", "succeeded", "running", "queued"]


def test_a_job_paused_when_its_last_net_ended_is_claimed_after_a_resume(session: Session) -> None:
    job_id = add_ensemble(session, nets=2)
    for _ in range(2):
        succeed(session, claim(session))
    jobs.pause(session, OWNER, job_id)
    assert claims.claim(session, "worker", 30) is None
    jobs.resume(session, OWNER, job_id)
    assert claim(session).job_id == job_id


def test_a_cancel_ends_all_nets(session: Session) -> None:
    job_id = add_ensemble(session)
    succeed(session, claim(session))
    held = claim(session)
    assert jobs.cancel(session, OWNER, job_id).status == "cancelled"
    assert statuses(session, job_id) == ["cancelled", "succeeded", "cancelled", "cancelled"]
    assert not claims.succeed_net(session, held.job_id, held.token, b"", "all_epochs")
    assert session.scalars(select(func.count()).select_from(EnsembleWeightsRow)).one() == 0


def test_a_finish_ends_nets_with_an_epoch_as_they_are_and_the_others_without(session: Session) -> None:
    job_id = add_ensemble(session)
    held, other = claim(session), claim(session)
    with pytest.raises(WrongState, match="no epoch yet"):
        jobs.finish(session, OWNER, job_id)
    assert statuses(session, job_id) == ["running", "running", "running", "queued"]
    assert claims.add_epochs(session, held.job_id, held.token, epochs(1, 2), NO_PROGRESS)
    job = jobs.finish(session, OWNER, job_id)
    assert (job.status, job.waiting_nets, job.epoch) == ("running", 1, 2 + 2 * EPOCHS)
    assert statuses(session, job_id) == ["running", "running", "cancelled", "cancelled"]
    assert claims.get_row(session, held.job_id).finish_asked_at is not None
    assert not claims.add_epochs(session, other.job_id, other.token, epochs(1), NO_PROGRESS)

    assert claims.succeed_net(session, held.job_id, held.token, b"weights", "finished_by_user")
    combining = claim(session)
    assert (combining.job_id, combining.finish_requested) == (job_id, True)
    assert list(ensembles.load_weights(session, job_id)) == [1]


def test_a_finish_between_nets_combines_those_that_there_are(session: Session) -> None:
    job_id = add_ensemble(session)
    succeed(session, claim(session))
    jobs.pause(session, OWNER, job_id)
    assert jobs.finish(session, OWNER, job_id).status == "queued"
    assert claim(session).job_id == job_id


def test_a_deleted_job_leaves_nothing_of_its_nets(session: Session) -> None:
    job_id = add_ensemble(session)
    succeed(session, claim(session))
    with pytest.raises(WrongState):
        jobs.delete(session, OWNER, job_id)
    jobs.cancel(session, OWNER, job_id)
    jobs.delete(session, OWNER, job_id)
    for table in (JobRow, EpochRow, EnsembleWeightsRow):
        assert session.scalars(select(func.count()).select_from(table)).one() == 0


def test_retention_deletes_nets_with_their_job_and_never_alone(session: Session) -> None:
    job_id = add_ensemble(session)
    succeed(session, claim(session))
    long_ago = update(JobRow).where(JobRow.finished_at.is_not(None)).values(finished_at=JobRow.finished_at - 1000.0)
    session.execute(long_ago)
    assert retention.delete_old_jobs(session, 500.0) == 0
    jobs.cancel(session, OWNER, job_id)
    session.execute(long_ago)
    assert retention.delete_old_jobs(session, 500.0) == 1
    assert session.scalars(select(func.count()).select_from(JobRow)).one() == 0


def test_a_net_is_found_by_its_number(session: Session) -> None:
    job, single = (jobs.get(session, OWNER, each) for each in (add_ensemble(session), add_job(session)))
    assert [row and row.net for row in (ensembles.get_net(session, job, net) for net in (1, NETS, NETS + 1))] == [
        1,
        NETS,
        None,
    ]
    assert ensembles.get_net(session, single, 1) is single
    assert ensembles.get_net(session, single, 2) is None


def test_nets_that_end_at_once_are_all_counted(db: SessionFactory) -> None:
    nets = 8
    with begin_write(db) as s:
        job_id = add_ensemble(s, nets=nets)
        held = [claim(s) for _ in range(nets)]
        for each in held:
            assert claims.add_epochs(s, each.job_id, each.token, epochs(1, 4), NO_PROGRESS)

    def end(each: claims.JobClaim) -> None:
        with begin_write(db) as s:
            assert claims.succeed_net(s, each.job_id, each.token, b"", "early_stopping")

    with ThreadPoolExecutor(nets) as executor:
        list(executor.map(end, held))
    with begin_read(db) as s:
        job = jobs.get(s, OWNER, job_id)
        assert (job.status, job.waiting_nets, job.epoch) == ("queued", 0, nets * EPOCHS)


def test_the_end_of_a_crash_loop_waits_for_an_action_without_a_deadlock(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_ensemble(s)
        held = [claim(s) for _ in range(NETS)]
        s.execute(update(JobRow).where(JobRow.id == held[-1].job_id).values(strikes=claims.MAX_STRIKES - 1))
        expire_lease(s, held[-1].job_id)

    def claim_next() -> claims.JobClaim | None:
        with begin_write(db) as s:
            return claims.claim(s, "worker", 30)

    with ThreadPoolExecutor(1) as executor:
        with begin_write(db) as s:
            s.execute(select(JobRow).where(JobRow.id == held[0].job_id).with_for_update())
            claiming = executor.submit(claim_next)
            time.sleep(0.3)
            assert len(ensembles.lock_nets(s, job_id)) == NETS
        assert claiming.result() is None
    with begin_write(db) as s:
        assert statuses(s, job_id) == ["failed", "cancelled", "cancelled", "failed"]


def test_actions_on_a_job_wait_for_its_nets_without_a_deadlock(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_ensemble(s, nets=6)

    def train() -> int:
        ended = 0
        for _ in range(10):
            with begin_write(db) as s:
                held = claims.claim(s, "worker", 30)
            if held is None or held.net is None:
                continue
            with begin_write(db) as s:
                claims.add_epochs(s, held.job_id, held.token, epochs(held.epoch + 1), NO_PROGRESS)
            with begin_write(db) as s:
                ended += claims.succeed_net(s, held.job_id, held.token, b"", "all_epochs")
        return ended

    def pause_and_resume() -> None:
        for _ in range(10):
            for act in (jobs.pause, jobs.resume):
                with begin_write(db) as s:
                    act(s, OWNER, job_id)

    with ThreadPoolExecutor(4) as executor:
        pausing = executor.submit(pause_and_resume)
        training = [executor.submit(train) for _ in range(3)]
        pausing.result()
        ended = sum(each.result() for each in training)
    with begin_read(db) as s:
        nets = ensembles.list_nets(s, [job_id])[job_id]
        assert jobs.get(s, OWNER, job_id).waiting_nets == 6 - ended == sum(net.status != "succeeded" for net in nets)
