"""Turns: when a running job is to make room for a job of another owner."""

from sqlalchemy.orm import Session

from store.database import SessionFactory, begin_write
from store.jobs import claims, jobs
from store.jobs.turns import has_rival
from tests.unit.store.factories import add_job, expire_lease


def claim(s: Session) -> claims.JobClaim:
    held = claims.claim(s, "worker", 30)
    assert held is not None
    return held


def test_a_rival_is_a_job_of_another_owner_with_fewer_running_jobs(db: SessionFactory) -> None:
    with begin_write(db) as s:
        mine = add_job(s, owner="ann")
        add_job(s, owner="ann", priority=-9)
        assert claim(s).owner == "ann"
        assert not has_rival(s, "ann"), "her own jobs are none"
        theirs = add_job(s, owner="bob")
        assert has_rival(s, "ann")
        jobs.pause(s, "bob", theirs)
        assert not has_rival(s, "ann"), "a paused job does not wait"
        jobs.resume(s, "bob", theirs)
        assert claim(s).job_id == theirs
        add_job(s, owner="bob")
        assert not has_rival(s, "ann"), "each of both has one running job"
        assert not has_rival(s, "bob")
        expire_lease(s, theirs)
        assert has_rival(s, "ann"), "a job whose worker was lost is claimed first"
        assert not has_rival(s, "bob")
        jobs.cancel(s, "ann", mine)


def test_a_released_job_goes_behind_the_rivals_however_they_had_turns_before(db: SessionFactory) -> None:
    with begin_write(db) as s:
        long = add_job(s, owner="ann")
        held = claim(s)
        short = add_job(s, owner="bob")
        assert claims.fail(s, short, claim(s).token, {}), "bob's last turn began after ann's"
        rival = add_job(s, owner="bob")
        assert has_rival(s, "ann")
        assert claims.release(s, long, held.token)
        assert claim(s).job_id == rival
        assert claim(s).job_id == long
        assert jobs.get(s, "ann", long).attempts == 1


def test_a_job_that_was_paused_or_cancelled_meanwhile_is_not_released(db: SessionFactory) -> None:
    with begin_write(db) as s:
        for action, status in ((jobs.pause, "paused"), (jobs.cancel, "cancelled")):
            job_id = add_job(s, owner="ann")
            held = claim(s)
            action(s, "ann", job_id)
            assert not claims.release(s, job_id, held.token)
            assert jobs.get(s, "ann", job_id).status == status
