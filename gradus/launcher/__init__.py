"""Everything at once on one machine: broker, migrations, service and workers, started, watched and stopped together.

Here belongs what keeps processes alive and makes sure that none is left behind. What they do inside is their own
affair: the launcher knows their command lines, their settings and how to ask whether they are ready.
"""

from gradus.launcher.errors import LaunchFailed
from gradus.launcher.supervisor import launch

__all__ = ["LaunchFailed", "launch"]
