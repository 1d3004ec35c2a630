"""Turns are taken one at a time, in the order of coming, and on one core, which a thread that leaves is free of.

Those that come no sooner for waiting rest, until they are wanted.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from service.turn import ENOUGH, REST_SECONDS, Turn

bound = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2, reason="there is no core to choose"
)


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_turns_come_one_at_a_time_and_in_order():
    turn, came = Turn(), list[int]()
    inside = threading.Lock()

    def take(number: int) -> None:
        with turn:
            assert inside.acquire(blocking=False)
            came.append(number)
            inside.release()

    with turn:
        threads: list[threading.Thread] = []
        for number in range(20):
            threads.append(in_thread(lambda number=number: take(number)))
            while len(turn.line) < number + 2:
                time.sleep(0.001)
    for thread in threads:
        thread.join(10)

    assert came == list(range(20))


def test_many_threads_that_come_again_and_again_never_meet_and_all_get_through():
    turn, entered = Turn(), [0]

    def take() -> None:
        for _ in range(500):
            with turn:
                before = entered[0]
                time.sleep(0)
                entered[0] = before + 1

    threads = [in_thread(take) for _ in range(8)]
    for thread in threads:
        thread.join(60)

    assert entered == [4000]


def test_a_turn_that_fails_is_over():
    turn = Turn()
    with pytest.raises(KeyError), turn:
        raise KeyError
    thread = in_thread(turn.__enter__)
    thread.join(10)
    assert not thread.is_alive()


@bound
def test_threads_take_their_turns_on_one_core_until_they_leave():
    turn, everywhere = Turn(chosen_seconds=3600), os.sched_getaffinity(0)
    inside, left = list[set[int]](), list[set[int]]()

    def take() -> None:
        with turn:
            inside.append(os.sched_getaffinity(0))
        turn.leave()
        left.append(os.sched_getaffinity(0))

    for _ in range(4):
        in_thread(take).join(10)

    assert {len(cores) for cores in inside} == {1}
    assert all(cores == inside[0] for cores in inside)
    assert left == [everywhere] * 4


@bound
def test_after_a_while_a_thread_is_let_go_so_that_the_scheduler_can_name_another_core():
    turn, everywhere = Turn(chosen_seconds=0.0), os.sched_getaffinity(0)
    seen = list[set[int]]()

    def take() -> None:
        for _ in range(4):
            with turn:
                seen.append(os.sched_getaffinity(0))

    in_thread(take).join(10)

    assert [len(cores) for cores in seen] == [1, len(everywhere)] * 2


@bound
def test_the_main_thread_whose_children_would_inherit_it_stays_free():
    everywhere = os.sched_getaffinity(0)
    with Turn():
        assert os.sched_getaffinity(0) == everywhere


def test_a_turn_is_crowded_while_more_wait_than_keep_a_core_busy():
    turn = Turn()
    with turn:
        threads: list[threading.Thread] = []
        for number in range(ENOUGH):
            assert not turn.crowded
            threads.append(in_thread(lambda: turn.__enter__() or turn.__exit__()))
            until(lambda number=number: len(turn.line) == number + 2)
        assert turn.crowded
    for thread in threads:
        thread.join(10)
    assert not turn.crowded


def test_those_that_rest_stay_away_while_turns_are_taken_and_come_back_one_for_each_that_leaves():
    turn, ended = Turn(), threading.Event()

    def busy() -> None:
        while not ended.is_set():
            with turn:
                time.sleep(0.001)

    taking = in_thread(busy)
    resting = [in_thread(turn.rest) for _ in range(3)]

    def still_resting() -> int:
        return sum(thread.is_alive() for thread in resting)

    time.sleep(10 * REST_SECONDS)
    assert still_resting() == 3
    for left in (2, 1):
        turn.leave()
        until(lambda left=left: still_resting() == left)
        time.sleep(3 * REST_SECONDS)
        assert still_resting() == left
    ended.set()
    taking.join(10)
    until(lambda: still_resting() == 0)


def test_those_that_rest_come_back_when_whoever_has_the_turn_is_held_up():
    turn = Turn()
    with turn:
        resting = [in_thread(turn.rest) for _ in range(3)]
        for thread in resting:
            thread.join(10)
        assert not any(thread.is_alive() for thread in resting)


SERVER = """
import os, threading, time
from pathlib import Path
from service.turn import TOKIO, Turn

started, turn, everywhere = threading.Event(), Turn(chosen_seconds=3600), os.sched_getaffinity(0)

def serve():
    Path("/proc/thread-self/comm").write_text(TOKIO)
    thread = threading.Thread(target=answer)  # started by it, as Granian's are
    started.wait()
    thread.start()
    thread.join()

def answer():
    Path("/proc/thread-self/comm").write_text(TOKIO)
    with turn:
        mine, servers = os.sched_getaffinity(0), os.sched_getaffinity(server.native_id)
    assert len(mine) == 1 and servers == everywhere - mine, (mine, servers)
    again = threading.Thread(target=leave)
    again.start()
    again.join()

def leave():
    assert os.sched_getaffinity(0) != everywhere  # as inherited
    turn.leave()
    assert os.sched_getaffinity(0) == everywhere
    print("free" if os.sched_getaffinity(server.native_id) == everywhere else "bound")

server = threading.Thread(target=serve)
server.start()
started.set()
server.join()
"""


@bound
def test_the_thread_of_the_server_keeps_off_the_core_until_a_thread_that_it_started_leaves():
    run = subprocess.run([sys.executable, "-c", SERVER], capture_output=True, text=True, check=False, timeout=60)
    assert (run.stdout, run.stderr) == ("free\n", "")


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)
