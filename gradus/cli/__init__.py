"""The command line: each command a thin layer over the client or the launcher.

Here belong options, arguments and what is printed. `--help` must be quick, so a command imports the client, the
progress bar or the launcher when it runs. Nothing here speaks HTTP or starts processes by itself.
"""

from gradus.cli.commands import app

__all__ = ["app"]
