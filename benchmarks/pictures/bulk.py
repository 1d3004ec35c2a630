"""A thousand photographs in one upload, in each form: memory, progress, and what a torn one leaves."""

import json
import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from benchmarks.edge.installation import EdgeInstallation, list_processes, read_status
from benchmarks.pictures.photographs import pack_tar, write_parquet
from gradus.photo_folder import pack_photos
from tests.pictures import zip_of

MAX_GROWTH: Final = 300_000_000
PARQUET_ROWS: Final = 100
"""The rows of a group, as Hugging Face's `datasets` writes them."""

_PATIENCE: Final = 1_800.0
_MIN_STEPS: Final = 5
_POLL_SECONDS: Final = 0.05


class MemoryWatch:
    """The most by which service and readers have grown, in resident bytes of each, while a block runs."""

    def __init__(self, installation: EdgeInstallation) -> None:
        self._roots = {"service": installation.service.pid, "worker": installation.worker.pid}
        self._before: dict[int, int] = {}
        self._most: dict[str, dict[int, int]] = {name: {} for name in self._roots}

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Watch all processes of both during the block."""
        over = threading.Event()
        self._look()
        self._before = {pid: size for sizes in self._most.values() for pid, size in sizes.items()}

        def look() -> None:
            while not over.wait(_POLL_SECONDS):
                self._look()

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def growth(self, name: str) -> int:
        """The growth of the process that grew most."""
        return max(size - self._before.get(pid, size) for pid, size in self._most[name].items())

    def _look(self) -> None:
        for name, root in self._roots.items():
            for pid in list_processes(root):
                self._most[name][pid] = max(self._most[name].get(pid, 0), read_status(pid, "VmRSS"))


def measure_bulk(installation: EdgeInstallation, folder: Path, scratch: Path) -> bool:
    """True if every form of the photographs is read within the memory, with progress, and a torn one leaves nothing."""
    photographs = sum(1 for _ in folder.rglob("*.jpg"))
    parquet = scratch / "photographs.parquet"
    write_parquet(folder, parquet, PARQUET_ROWS)
    bodies = {
        "application/zip": lambda: pack_photos(folder, None),
        "application/x-tar": lambda: pack_tar(folder),
        "application/vnd.apache.parquet": lambda: _read_pieces(parquet),
    }
    _warm_up(installation, folder)
    held = [_upload(installation, name, make(), photographs) for name, make in bodies.items()]
    parquet.unlink()
    held.append(_upload_folder(installation, folder, photographs))
    held.append(_tear(installation, folder))
    return all(held)


def _warm_up(installation: EdgeInstallation, folder: Path) -> None:
    """Let the processes that read be started, and have read a few photographs."""
    few = {f"cat/{path.name}": path.read_bytes() for path in sorted(folder.rglob("*.jpg"))[:8]}
    headers = {"Content-Type": "application/zip"}
    answer = installation.service.ask("POST", "/v1/datasets?name=warm", zip_of(few), headers)
    path = f"/v1/datasets/{json.loads(answer.body)['id']}"
    while _fetch(installation, path)["status"] == "processing":
        time.sleep(0.2)


def _upload(installation: EdgeInstallation, media_type: str, body: Iterable[bytes], photographs: int) -> bool:
    memory = MemoryWatch(installation)
    steps: list[float] = []
    began = time.monotonic()
    with memory.watch():
        answer = installation.service.ask(
            "POST", "/v1/datasets?name=bulk", body, {"Content-Type": media_type}, seconds=_PATIENCE
        )
        sent = time.monotonic() - began
        dataset = json.loads(answer.body)
        while dataset["status"] == "processing" and time.monotonic() - began < _PATIENCE:
            if dataset["progress"] is not None:
                steps.append(dataset["progress"]["fraction"])
            time.sleep(0.5)
            dataset = _fetch(installation, f"/v1/datasets/{dataset['id']}")
    seconds = time.monotonic() - began
    different = len(set(steps))
    held = (
        dataset["rows"] == photographs
        and max(memory.growth("service"), memory.growth("worker")) < MAX_GROWTH
        and different >= _MIN_STEPS
        and steps == sorted(steps)
    )
    print(
        f"bulk      {media_type}: {dataset['bytes'] / 1e9:.2f} GB sent in {sent:.0f} s, {dataset['rows']} read in "
        f"{seconds - sent:.0f} s, {different} steps of progress; service +{memory.growth('service') / 1e6:.0f} MB, "
        f"reader +{memory.growth('worker') / 1e6:.0f} MB; bar: {MAX_GROWTH / 1e6:.0f} MB",
        flush=True,
    )
    installation.service.ask("DELETE", f"/v1/datasets/{dataset['id']}")
    return held


def _upload_folder(installation: EdgeInstallation, folder: Path, photographs: int) -> bool:
    """The same from the command line, on a terminal, which shows both kinds of progress."""
    memory = MemoryWatch(installation)
    command = [str(Path(sys.executable).with_name("gradus")), "--url", f"http://127.0.0.1:{installation.service.port}"]
    command += ["upload", str(folder)]
    terminal, inner = pty.openpty()
    shown, most, began = bytearray(), 0, time.monotonic()
    environment = {**os.environ, "GRADUS_API_KEY": installation.service.key, "COLUMNS": "100"}
    with memory.watch(), subprocess.Popen(command, stdout=inner, stderr=inner, env=environment) as process:
        os.close(inner)
        with suppress(OSError):  # the end of a terminal
            while piece := os.read(terminal, 2**16):
                shown += piece
                most = max(most, read_status(process.pid, "VmRSS"))
    os.close(terminal)
    text = shown.decode(errors="replace")
    shows = [word in text for word in ("uploading", "reading", f"{photographs:,} rows")]
    growth = max(memory.growth("service"), memory.growth("worker"))
    print(
        f"bulk      a folder from the command line: {time.monotonic() - began:.0f} s, uploading, reading and result "
        f"shown: {shows}; it had {most / 1e6:.0f} MB, service and reader +{growth / 1e6:.0f} MB",
        flush=True,
    )
    return process.returncode == 0 and all(shows) and max(most, growth) < MAX_GROWTH


def _tear(installation: EdgeInstallation, folder: Path) -> bool:
    """Break an upload off in its middle: no file, row or temporary folder is left of it."""
    before = _list_left(installation)
    pieces = pack_photos(folder, None)

    def break_off() -> Iterator[bytes]:
        for _, piece in zip(range(2_000), pieces, strict=False):
            yield piece
        raise ConnectionAbortedError

    with suppress(ConnectionAbortedError):
        installation.service.ask("POST", "/v1/datasets", break_off(), {"Content-Type": "application/zip"})
    until = time.monotonic() + 30
    while (after := _list_left(installation)) != before and time.monotonic() < until:
        time.sleep(0.2)
    print(f"bulk      a torn upload leaves {len(after - before)} files, folders or datasets", flush=True)
    return after == before


def _list_left(installation: EdgeInstallation) -> set[str]:
    """The files and folders of the installation, and the ids of its datasets."""
    found = installation.service.folder.rglob("*")
    files = {str(path) for path in found if ".sqlite" not in path.name and path.suffix != ".log"}
    listed = _fetch(installation, "/v1/datasets?limit=100")["data"]
    return files | {dataset["id"] for dataset in listed}


def _fetch(installation: EdgeInstallation, path: str) -> Any:
    return json.loads(installation.service.ask("GET", path).body)


def _read_pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(2**18):
            yield piece
