"""`python -m service`: serves HTTP with the settings of the environment, until SIGTERM or Ctrl-C.

Its commands print the OpenAPI document, check the installation, make the first key, and adopt files; see `--help`.
"""

import os

# Before NumPy is loaded: requests have threads of their own, and BLAS threads would take their cores
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", VECLIB_MAXIMUM_THREADS="1")

import argparse
import gc
import resource
import socket
import sys
import threading
from collections.abc import Sequence
from ctypes import c_bool
from functools import partial
from ipaddress import ip_address
from multiprocessing.sharedctypes import RawValue
from multiprocessing.util import Finalize
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from contract.settings import InvalidSettings, Settings, load_settings
from process import logs
from process.memory_trim import MemoryTrimmer, find_trim
from process.parent_death import terminate_with_parent
from service.http import stalled_connections
from service.http.connection_slots import count_threads
from service.http.request_log import LineBuffer
from service.multiprocess_dir import shared_counts
from service.operating import adoption, bootstrap_key, doctor
from store import keys
from store.database import begin_read, first_line, make_session_factory, open_database
from store.installation import bind_at_start

MAX_SHUTDOWN_SECONDS: Final = 3  # requests that still run then, such as an open event stream, are cut off

MAX_CONNECTIONS: Final = 4096
"""Connections of a process; further ones wait until others close."""
HEADER_TIMEOUT_MS: Final = 10_000
"""The time limit of a request's headers, and of an idle connection; clients close idle ones after five seconds."""

GC_THRESHOLD: Final = 20_000
"""Allocations between two runs of the garbage collector."""

EXIT_PROBLEMS_FOUND: Final = 1
EXIT_FOREIGN_FILES: Final = 1
EXIT_WRONG_SETTINGS: Final = 2
EXIT_WRONG_DATABASE: Final = 3


class StartupError(Exception):
    """The server does not start: what is wrong and what to do, and the exit status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def main(arguments: Sequence[str]) -> int:
    """Serve, or run the command; returns the exit status."""
    options = _parse_arguments(arguments)
    if options.command == "openapi":
        from service.app import openapi_text  # noqa: PLC0415 - see `_load_app`

        sys.stdout.write(openapi_text())
        return 0
    try:
        settings = load_settings()
        if options.command == "doctor":
            check = doctor.check_installation(settings)
            sys.stdout.write(f"{check.model_dump_json(indent=2)}\n")
            return 0 if check.well else EXIT_PROBLEMS_FOUND
        if options.command == "adopt":
            _check_database(settings)
            sys.stdout.write(adoption.adopt_files(settings))
        elif options.command == "first-key":
            _check_database(settings)
            sys.stdout.write(bootstrap_key.create_key(settings.database, options.file, options.owner))
        else:
            serve(settings)
    except (bootstrap_key.KeyFileError, InvalidSettings) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_WRONG_SETTINGS
    except adoption.AdoptionError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FOREIGN_FILES
    except StartupError as error:
        sys.stderr.write(f"{error}\n")
        return error.status
    return 0


def _parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m service",
        description="Serve HTTP with the settings of the environment (GRADUS_* variables), or run a command.",
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("openapi", help="print the OpenAPI document")
    commands.add_parser("doctor", help="check the installation, and print what to do about what is wrong, as JSON")
    commands.add_parser("adopt", help="have the files belong to this database, whatever they belonged to before")
    bootstrap_key.add_options(commands.add_parser("first-key", help="make a key with the scope admin if there is none"))
    return parser.parse_args(arguments)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then stop within five seconds.

    Raises:
        StartupError: the address is not allowed or in use, the database is not up to date, or has other files.
    """
    logs.configure(settings.log_level, settings.log_format)
    log = logs.get_logger("service")
    address = _parse_address(settings.host)
    _check_database(settings, address)
    if refusal := bind_at_start(settings):
        raise StartupError(EXIT_FOREIGN_FILES, refusal)
    _allow_connections()
    for path in doctor.find_readable_data(settings):
        log.warning("other users of this machine have access to the data", path=str(path))
    port = _find_port(address, settings.port)
    server = Server(
        target="service",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.service_processes,
        blocking_threads=count_threads(settings.service_threads),
        backlog=MAX_CONNECTIONS,
        backpressure=MAX_CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS),
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig={"handlers": {}, "loggers": {"_granian": {"propagate": True}}},
        respawn_failed_workers=True,
        workers_kill_timeout=MAX_SHUTDOWN_SECONDS,
    )
    log.info("listening", address=f"http://{f'[{address}]' if ':' in address else address}:{port}")
    with shared_counts():
        server.serve(target_loader=partial(_load_app, settings, port, os.getpid(), server.is_ending), wrap_loader=False)
    log.info("stopped")


class Server(MPServer):
    """Granian's server, with a flag for its worker processes that it is shutting down."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # pyright: ignore[reportUnknownMemberType] - names a class without types
        self.is_ending = RawValue(c_bool, False)

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        """Called on SIGTERM and SIGINT."""
        self.is_ending.value = True
        super().signal_handler_interrupt(*args, **kwargs)  # pyright: ignore[reportUnknownMemberType] - no types


def _load_app(settings: Settings, port: int, parent: int, is_ending: c_bool) -> Any:
    """The app, in the process that serves it, which ends with its parent."""
    # imported here, because libraries with threads must not be loaded before the process forks
    from service.app import create_app  # noqa: PLC0415
    from service.datasets.ingest_process import IngestProcess  # noqa: PLC0415

    terminate_with_parent(parent)
    os.setpgrp()  # Ctrl-C in a terminal goes to the parent only; a process signalled twice would not stop
    logs.configure(settings.log_level, settings.log_format)
    request_log = LineBuffer(sys.stderr)
    threading.Thread(target=request_log.run, name="request log", daemon=True).start()
    Finalize(None, request_log.flush, exitpriority=0)  # in a forked process Python 3.11 runs no atexit
    ingest_file = IngestProcess(settings.inline_read_seconds, settings.max_upload_bytes)
    app = create_app(settings, lambda: is_ending.value, ingest_file, request_log)
    if stalled_connections.is_supported():
        slots = app.extensions["services"].connection_slots
        watch = stalled_connections.ConnectionWatch(port, slots)
        slots.has_sender = watch.has_sender
        threading.Thread(target=watch.run, name="connection watch", daemon=True).start()
    if (trim := find_trim()) is not None:
        threading.Thread(target=MemoryTrimmer(trim).run, name="memory trim", daemon=True).start()
    gc.freeze()  # permanent objects are not scanned again, and rarer collections shorten responses
    gc.set_threshold(GC_THRESHOLD)
    return app


def _allow_connections() -> None:
    """Raise the limit of open files so that each process can hold its connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MAX_CONNECTIONS
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def _parse_address(host: str) -> str:
    """The address to listen on."""
    address = "127.0.0.1" if host == "localhost" else host
    try:
        ip_address(address)
    except ValueError:
        raise StartupError(
            EXIT_WRONG_SETTINGS, f"GRADUS_HOST must be an IP address like 127.0.0.1, not {host!r}."
        ) from None
    return address


def _find_port(address: str, port: int) -> int:
    """The port to listen on; for 0, a free one. The server itself would share a port that is in use."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise StartupError(
                EXIT_WRONG_SETTINGS, f"Cannot listen on {address}, port {port}: {reason}. Choose another GRADUS_PORT."
            ) from None
        return probe.getsockname()[1]


def _check_database(settings: Settings, address: str = "127.0.0.1") -> None:
    """Require an up-to-date schema, and a key if other machines can reach the address."""
    try:
        engine = open_database(settings.database)
        try:
            missing = doctor.describe_missing_tables(engine)
            is_open = not missing and not ip_address(address).is_loopback and not _has_keys(engine)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ValueError, OSError) as error:
        raise StartupError(
            EXIT_WRONG_DATABASE, f"The database cannot be opened: {first_line(error)} See GRADUS_DATABASE_URL."
        ) from None
    if missing:
        raise StartupError(EXIT_WRONG_DATABASE, f"{missing}: run `python -m migrations upgrade`.")
    if is_open:
        raise StartupError(
            EXIT_WRONG_SETTINGS,
            f"GRADUS_HOST is {address}, which other machines can reach, and there is no key yet to keep them out. "
            "Make one with `python -m service first-key --file admin.key`, or set GRADUS_HOST to 127.0.0.1.",
        )


def _has_keys(engine: Engine) -> bool:
    with begin_read(make_session_factory(engine)) as s:
        return keys.exists_any(s)


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main(sys.argv[1:]))
