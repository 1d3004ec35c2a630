"""`python -m migrations upgrade | downgrade [STEP] | current`: changes the tables of the database in the settings."""

import argparse
import os
import sys

from sqlalchemy.exc import DatabaseError, OperationalError

from contract.settings import InvalidSettings, load_settings
from migrations import upgrade
from store.database import first_line


def main() -> int:
    """Do what the command line says; 1 if the database is away, or was made by a newer version."""
    parser = argparse.ArgumentParser(prog="python -m migrations", description="Changes the tables of the database.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("upgrade", help="take all steps that are missing")
    commands.add_parser("current", help="say which step was the last")
    downgrade = commands.add_parser("downgrade", help="undo steps; what they hold is lost")
    downgrade.add_argument("step", nargs="?", default="-1", help="down to this one; base: undo all (default: the last)")
    arguments = parser.parse_args()
    try:
        url = load_settings().database
        if arguments.command == "upgrade":
            upgrade.apply_migrations(url)
        elif arguments.command == "downgrade":
            upgrade.revert_migrations(url, arguments.step)
        sys.stdout.write(f"{upgrade.get_revision(url) or 'base'}\n")
    except (upgrade.UnknownRevision, InvalidSettings) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (OperationalError, ValueError) as away:
        sys.stderr.write(f"The database cannot be opened: {first_line(away)} See GRADUS_DATABASE_URL.\n")
        return 1
    except DatabaseError as error:
        advice = "If this persists, restore the backup; see GRADUS_DATABASE_URL."
        sys.stderr.write(f"The database cannot be used: {first_line(error)}. {advice}\n")
        return 1
    return 0


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
