"""A real installation under hostile requests, slow peers, large uploads and endless jobs, against bars for each.

    .venv/bin/python -m benchmarks.bench_edge
    .venv/bin/python -m benchmarks.bench_edge --only requests --family quotes
    .venv/bin/python -m benchmarks.bench_edge --only requests --family unknown_features --case "10,000 times"
    .venv/bin/python -m benchmarks.bench_edge --only uploads --megabytes 1000   # takes 10 GB of disk

Ends with status 0 only if no hostile request costs the service a second of CPU, 200 MB beside the models that it keeps,
or another owner's one-row prediction 100 ms; if /healthz, predictions, uploads and jobs go on beside readers that do
not read, bodies that trickle and thousands of idle sockets; if a text of one line of 1 GB is refused and takes no
memory; if four texts that are written at once begin within 100 ms, and predictions stay below 15; and if jobs without
end let others work too, with the same bits. It takes about ten minutes where all holds, and speaks to its own processes
only.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.edge.endless_jobs import measure_endless_jobs
from benchmarks.edge.hostile_bodies import measure_bodies
from benchmarks.edge.hostile_requests import measure_families
from benchmarks.edge.installation import EdgeInstallation, train_honest_model
from benchmarks.edge.large_uploads import measure_uploads
from benchmarks.edge.long_lines import measure_long_line
from benchmarks.edge.slow_peers import measure_slow_peers
from benchmarks.edge.text_streams import measure_text_streams

MEGABYTES: Final = 200
REQUESTS_SECONDS: Final = 480.0
MAX_FILES: Final = 16_384


def main() -> int:
    """Measure, print, and say whether every bar holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=MEGABYTES, help="the size of each of the uploads")
    parser.add_argument("--seconds", type=float, default=REQUESTS_SECONDS, help="the longest time for hostile requests")
    parser.add_argument("--family", nargs="*", default=[""], help="only families of requests with one of these names")
    parser.add_argument("--case", default="", help="only the requests with this in their names")
    parser.add_argument(
        "--only", nargs="*", default=None, help="slow, jobs, requests, bodies, uploads, line or streams; else all"
    )
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(MAX_FILES, most), most))
    with tempfile.TemporaryDirectory() as folder:
        installation = EdgeInstallation(Path(folder))
        probes = train_honest_model(installation)
        scenarios: dict[str, Callable[[], bool]] = {
            "slow": lambda: measure_slow_peers(installation, probes),
            "jobs": lambda: measure_endless_jobs(installation),
            "requests": lambda: measure_families(installation, probes, options.seconds, options.family, options.case),
            "bodies": lambda: measure_bodies(installation.service),
            "uploads": lambda: measure_uploads(installation.service, options.megabytes),
            "line": lambda: measure_long_line(installation),
            "streams": lambda: measure_text_streams(installation, probes),
        }
        try:
            held = [_measure(name, scenarios[name]) for name in options.only or scenarios]
        finally:
            probes.close()
            installation.close()
    return 0 if all(held) else 1


def _measure(name: str, scenario: Callable[[], bool]) -> bool:
    began = time.monotonic()
    held = scenario()
    print(f"{name:<9} {'HOLDS' if held else 'BROKEN'}, {time.monotonic() - began:.0f} s", flush=True)
    return held


if __name__ == "__main__":
    sys.exit(main())
