"""Turns are taken one at a time, in the order of coming, and on one core, which a thread that leaves is free of."""

import os
import threading
import time
from collections.abc import Callable

import pytest

from service.turn import Turn

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
