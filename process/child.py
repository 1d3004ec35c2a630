"""A function that runs in a process of its own, so that the threads and connections it opens end with it."""

import multiprocessing
from collections.abc import Callable


def run_in_child(function: Callable[[], str]) -> str:
    """The text that a function returns in a forked child process; empty if the child ends without one.

    To be called before this process starts threads.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(function()))
    child.start()
    sender.close()
    try:
        return str(receiver.recv())
    except EOFError:
        return ""
    finally:
        receiver.close()
        child.join()
