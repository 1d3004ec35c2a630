"""A real installation that is sent pictures in bulk, one by one, by many at once and by enemies, against bars for each.

    .venv/bin/python -m benchmarks.bench_pictures
    .venv/bin/python -m benchmarks.bench_pictures --only bulk --photographs 1000

Ends with status 0 only if a thousand photographs of 2 MB in one upload, as ZIP, tar, Parquet and a folder, make
service and reader grow by less than 300 MB each, with progress, and a torn upload leaves nothing; if a photograph is
answered in at most 1.5 times what decoding takes; if eight connections of them delay another owner's predictions by
less than 100 ms; if no hostile picture or archive costs the service a second; and if reading keeps up with Pillow
alone. It takes 5 GB of disk and about ten minutes.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.edge.installation import EdgeInstallation, train_honest_model
from benchmarks.pictures.bulk import measure_bulk
from benchmarks.pictures.hostile import measure_hostile
from benchmarks.pictures.photographs import write_photographs
from benchmarks.pictures.single import measure_crowd, measure_single, train_on_pictures
from benchmarks.pictures.speed import measure_speed

PHOTOGRAPHS = 1_000


def main() -> int:
    """Measure, print, and say whether every bar holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", type=int, default=PHOTOGRAPHS, help="how many in one upload")
    parser.add_argument("--only", nargs="*", default=None, help="speed, single, crowd, hostile or bulk; else all")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-pictures-") as folder:
        photographs, scratch = Path(folder) / "photographs", Path(folder)
        installation = EdgeInstallation(Path(folder) / "data")
        probes = train_honest_model(installation)
        try:
            train_on_pictures(installation)

            def measure_many() -> bool:
                write_photographs(photographs, options.photographs)
                return measure_bulk(installation, photographs, scratch)

            scenarios: dict[str, Callable[[], bool]] = {
                "speed": lambda: measure_speed(installation),
                "single": lambda: measure_single(installation),
                "crowd": lambda: measure_crowd(installation, probes),
                "hostile": lambda: measure_hostile(installation),
                "bulk": measure_many,
            }
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
