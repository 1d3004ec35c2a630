"""`python -m service first-key --file PATH`: a key with the scope admin, for an installation that has none.

It is the way in when nobody has a key: on a server that other machines can reach, or after the last key was lost.
"""

import argparse
import os
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from contract.ids import new_id
from contract.specs import Name
from service.http.auth import LOCAL_OWNER
from store import keys
from store.database import begin_write, make_session_factory, open_database


class KeyFileError(Exception):
    """The key file cannot be written; no key was made."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--file", type=Path, required=True, help="file for the key, readable only by its owner")
    parser.add_argument(
        "--owner", type=_parse_owner, default=LOCAL_OWNER, help="owner that the key acts for (default: %(default)s)"
    )


def create_key(database: str, file: Path, owner: str = LOCAL_OWNER) -> str:
    """Make the key unless there is one with the scope admin, and write it to the file; returns what to print.

    Raises:
        KeyFileError: the file cannot be written, or holds something else.
    """
    engine = open_database(database)
    try:
        with begin_write(make_session_factory(engine)) as s:
            if keys.exists_admin(s):
                return "There is a key with the scope admin already; nothing was made.\n"
            _, key = keys.add(s, id=new_id("key"), owner=owner, name="first", scopes=["admin"])
            # before the commit: a stored key is always in the file, and one that is only in the file is replaced
            _write_key(file, key)
    finally:
        engine.dispose()
    return f"A key with the scope admin is in {file}; give it to programs as GRADUS_API_KEY.\n"


def _write_key(path: Path, key: str) -> None:
    """Write the key atomically, unless the file holds something else."""
    part = path.with_name(f"{path.name}.part")
    try:
        if path.exists() and not keys.KEY_PATTERN.fullmatch(path.read_text(errors="replace").strip()):
            raise KeyFileError(f"{path} exists and is not a key. Name another --file, or remove it.")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{key}\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise KeyFileError(f"{path} cannot be written: {error.strerror}. No key was made.") from error


def _parse_owner(text: str) -> str:
    try:
        return TypeAdapter[str](Name).validate_python(text)
    except ValidationError:
        raise argparse.ArgumentTypeError("an owner is up to 63 letters, digits, dots, dashes and underscores") from None
