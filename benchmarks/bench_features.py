"""How well few photographs are told apart by features of a net that others trained, and what a prediction takes.

Starts a service and a worker of its own, and trains by the default spec with `image.features` "pretrained": on all
photographs of a ZIP, and on draws of 30 of each folder. Others, which no training saw, are predicted. The exit status
is 0 only if both accuracies keep their bars. The photographs are those of `bench_photographs.py`; the extra `images`
has to be installed:

    make bench-images PICTURES=folder
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.bench_photographs import GRADUS, LEARNED, UNSEEN, read_pictures
from contract.responses import DatasetResponse
from gradus import Client
from tables import MissingFeatureNet, find_feature_net

PICTURES_A_CLASS: Final = 30
MIN_ACCURACY: Final = 0.80
MIN_ACCURACY_OF_FEW: Final = 0.74
PICTURES_AT_ONCE: Final = 50
TIMED: Final = 60

Labelled = tuple[list[bytes], list[str]]


def write_draw(pictures: Labelled, seed: int, path: Path) -> None:
    """Write a ZIP with PICTURES_A_CLASS pictures of each folder, drawn with a seed."""
    chance = random.Random(seed)
    with zipfile.ZipFile(path, "w") as archive:
        for label in sorted(set(pictures[1])):
            own = [data for data, folder in zip(*pictures, strict=True) if folder == label]
            for number, data in enumerate(chance.sample(own, PICTURES_A_CLASS)):
                archive.writestr(f"{label}/{number}.jpg", data)


def upload(client: Client, path: Path) -> DatasetResponse:
    """Upload a ZIP, and wait until it is read."""
    return client.datasets.wait(client.datasets.upload(str(path)))


def train(client: Client, dataset: DatasetResponse, unseen: Labelled, seed: int) -> float:
    """Train and predict; print and return the accuracy on unseen photographs."""
    began = time.monotonic()
    job = client.jobs.create(
        dataset_id=dataset.id, target="label", model_name="features", seed=seed, image={"features": "pretrained"}
    ).wait()
    if job.status != "succeeded":
        raise SystemExit(f"The job ended as {job.status}.")
    seconds = time.monotonic() - began
    right = [
        prediction.label == label
        for start in range(0, len(unseen[0]), PICTURES_AT_ONCE)
        for prediction, label in zip(
            client.models.predict_pictures("features", unseen[0][start : start + PICTURES_AT_ONCE]).predictions,
            unseen[1][start : start + PICTURES_AT_ONCE],
            strict=True,
        )
    ]
    accuracy = sum(right) / len(right)
    print(
        f"  {dataset.rows:,} pictures, seed {seed}: {accuracy:.4f} of {len(right)} unseen; {seconds:.1f} s", flush=True
    )
    return accuracy


def measure_prediction(client: Client, pictures: Sequence[bytes]) -> list[float]:
    """The milliseconds of predictions of a picture each, over one connection."""
    taken: list[float] = []
    for picture in pictures:
        began = time.perf_counter()
        client.models.predict_pictures("features", [picture])
        taken.append(1e3 * (time.perf_counter() - began))
    return taken


def measure(url: str, folder: Path, scratch: Path, seeds: int, draws: int) -> bool:
    """Measure and print; whether both bars hold."""
    learned, unseen = read_pictures(folder / LEARNED), read_pictures(folder / UNSEEN)
    with Client(url) as client:
        dataset = upload(client, folder / LEARNED)  # whose features are made by the first job
        full = [train(client, dataset, unseen, seed) for seed in range(seeds)]
        few: list[float] = []
        for draw in range(draws):
            write_draw(learned, draw, path := scratch / f"draw-{draw}.zip")
            few.append(train(client, upload(client, path), unseen, draw))
        taken = measure_prediction(client, unseen[0][:TIMED])
    means = [statistics.mean(accuracies) for accuracies in (full, few)]
    for what, mean, accuracies, least in (
        (f"{len(learned[0]):,} photographs", means[0], full, MIN_ACCURACY),
        (f"{PICTURES_A_CLASS} a class", means[1], few, MIN_ACCURACY_OF_FEW),
    ):
        spread = f"mean of {len(accuracies)}, {min(accuracies):.4f} to {max(accuracies):.4f}"
        print(f"features of {what}: {mean:.4f} of unseen ones ({spread}); at least {least}")
    print(f"a prediction of a picture: {statistics.median(taken):.1f} ms (median of {len(taken)}, one connection)")
    return means[0] >= MIN_ACCURACY and means[1] >= MIN_ACCURACY_OF_FEW


def main() -> int:
    """Start, measure, stop."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="where the two ZIPs lie")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--draws", type=int, default=20)
    options = parser.parse_args()
    if options.folder is None or not all((options.folder / name).is_file() for name in (LEARNED, UNSEEN)):
        print(f"Skipped: name a folder with {LEARNED} and {UNSEEN}: make bench-images PICTURES=folder")
        return 0
    try:
        find_feature_net()
    except MissingFeatureNet as missing:
        print(f"Skipped: {missing}")
        return 0
    with tempfile.TemporaryDirectory(prefix="gradus-bench-") as scratch:
        command = [GRADUS, "up", "--port", "0", "--data-dir", str(Path(scratch) / "data")]
        quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        with subprocess.Popen(command, **quiet, start_new_session=True) as launcher:
            try:
                assert launcher.stdout
                ready = launcher.stdout.readline().split()
                assert ready[:1] == ["ready"], "the service did not start"
                held = measure(ready[1], options.folder, Path(scratch), options.seeds, options.draws)
                return 0 if held else 1
            finally:
                launcher.terminate()
                launcher.wait(20)


if __name__ == "__main__":
    sys.exit(main())
