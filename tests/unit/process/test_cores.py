"""Cores per trainer, from the limits of machine, process and container."""

import os

import pytest

from process import cores


@pytest.mark.parametrize(
    ("allowed", "quota", "trainers", "each"),
    [
        (8, "max 100000", 1, 8),
        (8, "max 100000", 3, 2),
        (8, "250000 100000", 1, 2),
        (2, "400000 100000", 2, 1),
        (2, None, 1, 2),
        (1, "50000 100000", 4, 1),
    ],
)
def test_trainers_together_take_no_more_cores_than_there_are(tmp_path, monkeypatch, allowed, quota, trainers, each):
    file = tmp_path / "cpu.max"
    if quota:
        file.write_text(f"{quota}\n")
    monkeypatch.setattr(cores, "CGROUP", file)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(allowed)), raising=False)
    assert cores.cores_per_process(trainers) == each
