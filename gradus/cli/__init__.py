"""The command line: every command a thin layer of words over the client or the launcher.

Here belongs what is typed and what is printed. `--help` must come at once, so a command loads the client, the
progress bar or the launcher when it runs, not before. Nothing here speaks HTTP or starts processes by itself.
"""

from gradus.cli.commands import app

__all__ = ["app"]
