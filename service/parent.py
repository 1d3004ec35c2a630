"""Processes that end with the one that started them, even when that one is killed with -9.

Without it a killed server would leave processes behind that hold its port and answer on.
"""

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def die_with_parent(parent: int, by: signal.Signals) -> None:
    """Ask the kernel to send this process a signal when its parent ends; Linux only, elsewhere nothing is done.

    Args:
        parent: the process id of whoever started this one, as it was known before: when that one ended before the
            kernel was asked, the kernel will never tell, and this process signals itself at once.
        by: the signal, such as SIGKILL.

    Raises:
        OSError: if the kernel refuses.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, by, 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"the kernel does not tie this process to its parent: {os.strerror(error)}")
    if os.getppid() != parent:
        os.kill(os.getpid(), by)
