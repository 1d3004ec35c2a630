"""Parent death: a child process is killed together with the process that started it, even when that is killed with -9.

Otherwise orphans would go on: a trainer with its job while another worker takes it over, a server with its port.
"""

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def terminate_with_parent(parent_pid: int) -> None:
    """Ask the kernel to kill this process when its parent ends; Linux only, elsewhere nothing is done.

    The kernel watches the thread that started this process, so a parent starts its children from a thread that lasts.

    Args:
        parent_pid: process id of the parent, as the parent passed it: if the parent ended before the kernel was asked,
            no signal will ever come, and this process exits at once.

    Raises:
        OSError: the kernel refuses.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"prctl(PR_SET_PDEATHSIG) failed: {os.strerror(error)}")
    if os.getppid() != parent_pid:
        os._exit(os.EX_OK)
