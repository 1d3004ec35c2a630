"""Turns: one at a time, in the order of asking, whatever becomes of who had one."""

import threading
from collections.abc import Iterator

import pytest

from service.generate.turns import Turns
from tests.running import wait_for


def test_turns_are_given_in_the_order_in_which_they_are_asked_for() -> None:
    turns, order = Turns(), list[int]()

    def ask(number: int) -> None:
        with turns:
            order.append(number)

    with turns:
        threads = [threading.Thread(target=ask, args=[number]) for number in range(5)]
        for number, thread in enumerate(threads, 1):
            thread.start()
            wait_for(lambda number=number: len(turns._waiting) == number, "the thread to wait")
    for thread in threads:
        thread.join()

    assert order == [0, 1, 2, 3, 4]


def test_only_one_is_computed_at_a_time_and_all_come_to_their_end() -> None:
    turns, inside, most, done = Turns(), 0, 0, list[list[int]]()

    def compute() -> Iterator[int]:
        nonlocal inside, most
        for number in range(200):
            inside += 1
            most = max(most, inside)
            sum(range(200))
            inside -= 1
            yield number

    threads = [threading.Thread(target=lambda: done.append([*turns.iterate(compute())])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1
    assert done == [[*range(200)]] * 4


def test_who_fails_or_goes_away_holds_nobody_up() -> None:
    turns = Turns()

    def fail() -> Iterator[int]:
        yield 1
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - which one does not matter
        list(turns.iterate(fail()))
    left = turns.iterate(iter([1, 2, 3]))
    next(left)
    del left  # in the midst of it
    assert list(turns.iterate(iter([1, 2]))) == [1, 2]
