"""The command lines that run the other rooms.

`-P` keeps the present folder out of the way: a folder named `service` or `worker` in it cannot stand in for ours.
"""

import sys
from typing import Final

MIGRATE: Final = (sys.executable, "-P", "-m", "migrations", "upgrade")
SERVE: Final = (sys.executable, "-P", "-m", "service")
EXAMINE: Final = (*SERVE, "doctor")
WORK: Final = (sys.executable, "-P", "-m", "worker")
