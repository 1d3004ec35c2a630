"""A function that runs in a process of its own, so that the threads and connections it opens end with it."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection


def run_in_child(function: Callable[[], str]) -> str:
    """The text that a function returns in a new process; empty if that ends without one.

    The process is spawned, since threads and their locks do not survive a fork; so the function must be one that
    `pickle` can name.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_send_result, args=(function, sender))
    child.start()
    sender.close()
    try:
        return str(receiver.recv())
    except EOFError:
        return ""
    finally:
        receiver.close()
        child.join()


def _send_result(function: Callable[[], str], sender: Connection) -> None:
    sender.send(function())
