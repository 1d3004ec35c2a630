"""Trainers end with the process that started them, even when it is killed with -9.

Otherwise a trainer would go on with its job while a new worker takes the job over.
"""

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def terminate_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends; Linux only, elsewhere nothing is done.

    Args:
        parent: the parent's process id, as the parent told it: if it ended before the kernel was asked, the kernel
            never tells, and this process ends here.

    Raises:
        OSError: if the kernel refuses.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"the kernel does not tie this process to its parent: {os.strerror(error)}")
    if os.getppid() != parent:
        os._exit(os.EX_OK)
