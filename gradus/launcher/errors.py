"""The error of an installation that cannot be started, with the reason in one line."""

from gradus.errors import GradusError


class LaunchFailed(GradusError):
    """The installation could not be started; nothing of it runs."""
