"""Why an installation could not be started, in one line for the person who typed the command."""

from gradus.errors import GradusError


class LaunchFailed(GradusError):
    """The installation could not be started; nothing of it runs."""
