"""Hosts of a small network within this machine: each is a network namespace of its own, on one bridge.

What runs on different hosts is joined by nothing but the network, as on machines of their own, and its processor time
can be told apart. All of it is within namespaces of the process that asks, so the kernel clears up, whatever happens.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CLONE_NEWNET = 0x40000000
NAMESPACES = Path("/run/netns")
BRIDGE = "gradus"
NETWORK = "10.203.0"
TICKS = os.sysconf("SC_CLK_TCK")

_libc = ctypes.CDLL(None, use_errno=True)


def run_in_namespace() -> int | None:
    """Run this program again, apart from the machine's own network, mounts and processes; its exit status.

    None in the program that runs apart: it is the first of its processes, and when it ends all others are killed.
    """
    if os.getpid() == 1:
        return None
    lacking = [tool for tool in ("ip", "unshare", "mount") if shutil.which(tool) is None]
    if sys.platform != "linux" or os.geteuid() != 0 or lacking:
        missing = f" and {', '.join(lacking)} (Debian: apt-get install iproute2 util-linux)" if lacking else ""
        sys.exit(f"Hosts within this machine need Linux and root{missing}: try again with sudo.")
    within = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if subprocess.run([*within, "true"], check=False, capture_output=True).returncode != 0:
        sys.exit("This machine lets root make no namespaces; in a container, run it with --privileged.")
    return subprocess.run([*within, sys.executable, *sys.orig_argv[1:]], check=False).returncode


@dataclass(frozen=True)
class Host:
    """One namespace: its name and its address on the network."""

    name: str
    address: str

    @contextmanager
    def here(self) -> Generator[None]:
        """Whatever the block starts or connects to, it does on this host."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _enter(NAMESPACES / self.name)
            yield
        finally:
            _enter(Path(f"/proc/self/fd/{home}"))
            os.close(home)


class Network:
    """The bridge, with this process on it, and the hosts so far."""

    def __init__(self) -> None:
        _run("mount -t tmpfs none /run")
        _run("ip link set lo up")
        _run(f"ip link add {BRIDGE} type bridge")
        _run(f"ip address add {NETWORK}.1/24 dev {BRIDGE}")
        _run(f"ip link set {BRIDGE} up")
        self._hosts: list[Host] = []

    def host(self, name: str) -> Host:
        """A new host."""
        address = f"{NETWORK}.{len(self._hosts) + 2}"
        _run(f"ip netns add {name}")
        _run(f"ip link add {name} type veth peer name eth0 netns {name}")
        _run(f"ip link set {name} master {BRIDGE} up")
        _run(f"ip -n {name} address add {address}/24 dev eth0")
        _run(f"ip -n {name} link set eth0 up")
        _run(f"ip -n {name} link set lo up")
        self._hosts.append(Host(name, address))
        return self._hosts[-1]

    def cpu_seconds(self) -> Counter[tuple[str, str]]:
        """The processor time so far of what runs, by host and program, with the children that ended."""
        names = {(NAMESPACES / host.name).stat().st_ino: host.name for host in self._hosts}
        seconds: Counter[tuple[str, str]] = Counter()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                host = names.get((process / "ns" / "net").stat().st_ino, "client")
                program, _, rest = (process / "stat").read_text().partition(" (")[2].rpartition(") ")
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended just now
            seconds[host, program] += sum(int(word) for word in rest.split()[11:15]) / TICKS
        return seconds


def busy_seconds() -> float:
    """The time so far that this machine's processors were busy, with whatever."""
    user, nice, system, _idle, _waiting, *interrupts = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]
    return sum(map(int, (user, nice, system, *interrupts))) / TICKS


def _enter(namespace: Path) -> None:
    """Let this thread, and what it starts, be in a network namespace."""
    with namespace.open("rb") as opened:
        if _libc.setns(opened.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")


def _run(command: str) -> None:
    subprocess.run(command.split(), check=True)
