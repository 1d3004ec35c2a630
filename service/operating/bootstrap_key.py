"""`python -m service first-key --file PATH`: a key with the scope admin, for an installation that has none.

It is the way in when nobody has a key: on a server that other machines can reach, or when the last one was lost.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from contract.ids import new_id
from contract.specs import Name
from service.http.auth import LOCAL_OWNER
from store import keys
from store.database import begin_write, make_session_factory, open_database


class KeyFileError(Exception):
    """The file cannot be written; no key was made."""


@dataclass(frozen=True)
class Options:
    """Where the key goes, and whom it acts for."""

    file: Path
    owner: str


def parse_options(arguments: Sequence[str]) -> Options:
    """What was typed; ends the process with a word if it makes no sense."""
    parser = argparse.ArgumentParser("python -m service first-key", description="Make a key with the scope admin.")
    parser.add_argument("--file", type=Path, required=True, help="where to write it; only its owner can read the file")
    parser.add_argument(
        "--owner", type=_parse_owner, default=LOCAL_OWNER, help="whose things it works with; by default %(default)s"
    )
    typed = parser.parse_args(arguments)
    return Options(typed.file, typed.owner)


def create_key(database: str, options: Options) -> str:
    """Make the key unless there is one already, and write it to its file; what to tell.

    Raises:
        NotWritten: the file cannot be written, or holds something else.
    """
    engine = open_database(database)
    try:
        with begin_write(make_session_factory(engine)) as s:
            if keys.exists_admin(s):
                return "There is a key with the scope admin already; nothing was made.\n"
            _, key = keys.add(s, id=new_id("key"), owner=options.owner, name="first", scopes=["admin"])
            # before the commit: a key that is kept is in the file, and one that is only in the file is made anew
            _write_key(options.file, key)
    finally:
        engine.dispose()
    return f"A key with the scope admin is in {options.file}; give it to programs as GRADUS_API_KEY.\n"


def _write_key(path: Path, key: str) -> None:
    """Put the key into its file at one stroke, unless something else is there."""
    part = path.with_name(f"{path.name}.part")
    try:
        if path.exists() and not keys.KEY_PATTERN.fullmatch(path.read_text(errors="replace").strip()):
            raise KeyFileError(f"{path} is there already and is no key. Name another --file, or remove it.")
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
