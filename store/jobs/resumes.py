"""Resumes: the interruptions of a job after which a worker claimed it again."""

from typing import Final

from store.tables import JobRow, Resume

MAX_RESUMES: Final = 100


def add_resume(job: JobRow, moment: float) -> list[Resume]:
    """The resumes of a job that is claimed at this moment: one more, if a worker had it before."""
    if job.seen_at is None:
        return job.resumes
    gap = round(max(moment - job.seen_at, 0.0), 3)
    resume = Resume(epoch=job.epoch, reason=job.interrupted or "worker_lost", gap_seconds=gap)
    return _merge_oldest([*job.resumes, resume])


def _merge_oldest(resumes: list[Resume]) -> list[Resume]:
    """The last interruptions, the oldest of them with the gaps of all before it."""
    older, newer = resumes[:-MAX_RESUMES], resumes[-MAX_RESUMES:]
    if older:
        gap = sum(resume["gap_seconds"] for resume in older) + newer[0]["gap_seconds"]
        newer = [Resume(epoch=newer[0]["epoch"], reason=newer[0]["reason"], gap_seconds=round(gap, 3)), *newer[1:]]
    return newer
