"""`python -m service`: answers HTTP with the settings of the environment, until SIGTERM or Ctrl-C.

`python -m service openapi` prints the OpenAPI document instead, `python -m service doctor` a diagnosis of the
installation, and `python -m service first-key --file PATH` makes the first key.
"""

import os

# Before NumPy is loaded: requests have threads of their own, and those of a product would only take them their cores
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", VECLIB_MAXIMUM_THREADS="1")

import gc
import socket
import sys
from collections.abc import Sequence
from ctypes import c_bool
from functools import partial
from ipaddress import ip_address
from multiprocessing.sharedctypes import RawValue
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer
from sqlalchemy.exc import SQLAlchemyError

from contract.settings import InvalidSettings, Settings, load_settings
from process import logs
from process.parent_death import terminate_with_parent
from service.multiprocess_dir import shared_counts
from service.operating import bootstrap_key, doctor
from service.operating.schema import list_missing
from store import keys
from store.database import begin_read, first_line, make_session_factory, open_database

MAX_SHUTDOWN_SECONDS: Final = 3  # what still runs then, such as an open event stream, is cut off

GC_THRESHOLD: Final = 20_000
"""So many objects come to be before those are looked for that hold each other and nobody else needs."""

EXIT_PROBLEMS_FOUND: Final = 1
EXIT_WRONG_SETTINGS: Final = 2
EXIT_WRONG_DATABASE: Final = 3


class StartupError(Exception):
    """The server does not start: what is wrong and what to do, and the status to exit with."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def main(arguments: Sequence[str]) -> int:
    """Serve, print the OpenAPI document or a diagnosis, or make the first key; the exit status."""
    if arguments == ["openapi"]:
        from service.app import openapi_text  # noqa: PLC0415 - see `_load`

        sys.stdout.write(openapi_text())
        return 0
    if arguments and arguments != ["doctor"] and arguments[0] != "first-key":
        sys.stderr.write(
            "python -m service takes no arguments but `openapi`, `doctor` or `first-key`; "
            "its settings are GRADUS_* variables.\n"
        )
        return EXIT_WRONG_SETTINGS
    try:
        if arguments == ["doctor"]:
            found = doctor.check_installation(load_settings())
            sys.stdout.write(f"{found.model_dump_json(indent=2)}\n")
            return 0 if found.well else EXIT_PROBLEMS_FOUND
        if arguments:
            wanted = bootstrap_key.parse_options(arguments[1:])
            settings = load_settings()
            _check_database(settings)
            sys.stdout.write(bootstrap_key.create_key(settings.database, wanted))
        else:
            serve(load_settings())
    except (bootstrap_key.KeyFileError, InvalidSettings) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_WRONG_SETTINGS
    except StartupError as stopped:
        sys.stderr.write(f"{stopped}\n")
        return stopped.status
    return 0


def serve(settings: Settings) -> None:
    """Answer requests until a signal comes; then stop within five seconds.

    Raises:
        Stopped: if the address may not or cannot be listened on, or the database is not as it must be.
    """
    logs.configure(settings.log_level, settings.log_format)
    log = logs.get_logger("service")
    address = _parse_address(settings.host)
    _check_database(settings)
    _check_keys(settings, address)
    port = _find_port(address, settings.port)
    server = Server(
        target="service",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.service_processes,
        blocking_threads=settings.service_threads,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig={"handlers": {}, "loggers": {"_granian": {"propagate": True}}},
        respawn_failed_workers=True,
        workers_kill_timeout=MAX_SHUTDOWN_SECONDS,
    )
    log.info("listening", address=f"http://{f'[{address}]' if ':' in address else address}:{port}")
    with shared_counts():
        server.serve(target_loader=partial(_load_app, settings, os.getpid(), server.is_ending), wrap_loader=False)
    log.info("stopped")


class Server(MPServer):
    """Granian's server, which tells the processes that serve when it is about to end."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # pyright: ignore[reportUnknownMemberType] - names a class without types
        self.is_ending = RawValue(c_bool, False)

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        """Called on SIGTERM and SIGINT."""
        self.is_ending.value = True
        super().signal_handler_interrupt(*args, **kwargs)  # pyright: ignore[reportUnknownMemberType] - no types


def _load_app(settings: Settings, parent: int, ending: c_bool) -> Any:
    """The app, in the process that serves it; that process ends with its parent."""
    # only here: libraries with threads of their own must not be loaded before the process forks
    from service.app import create_app  # noqa: PLC0415
    from service.datasets.ingest_process import IngestProcess  # noqa: PLC0415

    terminate_with_parent(parent)
    os.setpgrp()  # Ctrl-C in a terminal is for the parent; told twice to stop, this process would not
    logs.configure(settings.log_level, settings.log_format)
    app = create_app(settings, lambda: ending.value, IngestProcess(settings.inline_read_seconds))
    gc.freeze()  # what is there now stays; not to look for rubbish among it, nor at every few rows, makes answers quick
    gc.set_threshold(GC_THRESHOLD)
    return app


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
    """The port to listen on; for 0, one that is free. The server itself would share a port with another one."""
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


def _check_database(settings: Settings) -> None:
    try:
        engine = open_database(settings.database)
        try:
            lacking = list_missing(engine)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ValueError, OSError) as error:
        raise StartupError(
            EXIT_WRONG_DATABASE, f"The database cannot be opened: {first_line(error)} See GRADUS_DATABASE_URL."
        ) from None
    if lacking:
        raise StartupError(
            EXIT_WRONG_DATABASE,
            f"The database lacks {', '.join(lacking[:3])}{' and more' if lacking[3:] else ''}: "
            "run `python -m migrations upgrade`.",
        )


def _check_keys(settings: Settings, address: str) -> None:
    """An address that other machines can reach needs a key first, to keep them out."""
    if ip_address(address).is_loopback:
        return
    engine = open_database(settings.database)
    try:
        with begin_read(make_session_factory(engine)) as s:
            if keys.exists_any(s):
                return
    finally:
        engine.dispose()
    raise StartupError(
        EXIT_WRONG_SETTINGS,
        f"GRADUS_HOST is {address}, which other machines can reach, and there is no key yet to keep them out. "
        "Make one with `python -m service first-key --file admin.key`, or set GRADUS_HOST to 127.0.0.1.",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
