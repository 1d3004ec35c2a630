"""From a ZIP of photographs to a served model that knows others, by the default spec, over HTTP.

Starts a service and a worker of its own, uploads the ZIP, and trains on it from scratch with several seeds; the other
ZIP has photographs that no training saw, which each model predicts. Both have a folder for each class. The exit status
is 0 only if the mean accuracy on these and the seconds from the upload to a served model keep their bars.

The photographs are not part of Gradus: cats-and-dogs.zip and cats-and-dogs-unseen.zip, 1,000 and 400 pictures of
32 x 32 pixels from CIFAR-10 (Krizhevsky 2009), lie in a folder that is named:

    make bench-images PICTURES=folder
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

from gradus import Client

GRADUS: Final = str(Path(sys.executable).with_name("gradus"))
LEARNED: Final = "cats-and-dogs.zip"
UNSEEN: Final = "cats-and-dogs-unseen.zip"
MIN_ACCURACY: Final = 0.70
MAX_SECONDS: Final = 60.0


def read_pictures(path: Path) -> tuple[list[bytes], list[str]]:
    """The pictures of a ZIP, and the folder of each."""
    with zipfile.ZipFile(path) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
        return [archive.read(name) for name in names], [PurePosixPath(name).parent.name for name in names]


def sum_processor_seconds(session: int) -> float:
    """What all processes of a session, and those that ended in it, have used of the processors so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            fields = stat.read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15])) if int(fields[3]) == session else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def train(
    client: Client, session: int, learned: Path, unseen: tuple[list[bytes], list[str]], seed: int
) -> tuple[float, float]:
    """Upload, train and predict; print and return the seconds to a served model, and the accuracy on the unseen."""
    began, used = time.monotonic(), sum_processor_seconds(session)
    dataset = client.datasets.wait(client.datasets.upload(str(learned)))
    ready = time.monotonic()
    job = client.jobs.create(dataset_id=dataset.id, target="label", model_name="pictures", seed=seed).wait()
    if job.status != "succeeded":
        raise SystemExit(f"The job ended as {job.status}.")
    first = client.models.predict_pictures("pictures", unseen[0][:1])
    seconds, used = time.monotonic() - began, sum_processor_seconds(session) - used
    found = client.models.predict_pictures("pictures", unseen[0])
    assert first.predictions[0].label == found.predictions[0].label
    right = [prediction.label == label for prediction, label in zip(found.predictions, unseen[1], strict=True)]
    accuracy = sum(right) / len(right)
    print(
        f"seed {seed}: {accuracy:.4f} of {len(right)} unseen, {job.progress.epoch} epochs, {seconds:.1f} s to a served "
        f"model, {ready - began:.1f} of them to read it; {used:.1f} processor seconds",
        flush=True,
    )
    return seconds, accuracy


def measure(url: str, session: int, folder: Path, seeds: int) -> bool:
    """Measure and print; whether both bars hold."""
    unseen = read_pictures(folder / UNSEEN)
    with Client(url) as client:
        results = [train(client, session, folder / LEARNED, unseen, seed) for seed in range(seeds)]
    seconds, accuracies = ([result[place] for result in results] for place in (0, 1))
    mean, median = statistics.mean(accuracies), statistics.median(seconds)
    spread = f"{min(accuracies):.4f} to {max(accuracies):.4f}"
    print(f"accuracy on unseen photographs: {mean:.4f} (mean of {seeds} seeds, {spread}); at least {MIN_ACCURACY}")
    print(
        f"ZIP to served model: {median:.1f} s (median, {min(seconds):.1f} to {max(seconds):.1f}); under {MAX_SECONDS:g}"
    )
    return mean >= MIN_ACCURACY and median < MAX_SECONDS


def main() -> int:
    """Start, measure, stop."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="where the two ZIPs lie")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    if options.folder is None or not all((options.folder / name).is_file() for name in (LEARNED, UNSEEN)):
        print(f"Skipped: name a folder with {LEARNED} and {UNSEEN}: make bench-images PICTURES=folder")
        return 0
    with tempfile.TemporaryDirectory(prefix="gradus-bench-") as scratch:
        command = [GRADUS, "up", "--port", "0", "--data-dir", str(Path(scratch) / "data")]
        quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        with subprocess.Popen(command, **quiet, start_new_session=True) as launcher:
            try:
                assert launcher.stdout
                ready = launcher.stdout.readline().split()
                assert ready[:1] == ["ready"], "the service did not start"
                return 0 if measure(ready[1], launcher.pid, options.folder, options.seeds) else 1
            finally:
                launcher.terminate()
                launcher.wait(20)


if __name__ == "__main__":
    sys.exit(main())
