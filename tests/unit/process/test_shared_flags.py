"""Shared flags: set by a forked process, read by its parent."""

import os
from contextlib import suppress

from process.shared_flags import BusyFlags, ShutdownFlag


def run_in_child(work) -> None:
    """Run `work` in a forked process and wait for its end."""
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    os.waitpid(pid, 0)


def test_a_shutdown_flag_is_false_until_any_process_sets_it():
    flag = ShutdownFlag()
    assert not flag

    run_in_child(flag.set)

    assert flag


def test_processes_count_as_busy_until_they_mark_themselves_idle():
    flags = BusyFlags(3)
    assert flags.idle == 0

    run_in_child(lambda: flags.mark_idle(2))

    assert flags.idle == 1


def test_a_process_is_busy_while_its_block_runs_even_if_the_block_fails():
    flags = BusyFlags(1)
    flags.mark_idle(0)

    with suppress(KeyError), flags.busy(0):
        assert flags.idle == 0
        {}["missing"]

    assert flags.idle == 1
