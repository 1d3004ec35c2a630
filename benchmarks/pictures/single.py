"""A photograph to an answer, beside decoding alone; and eight connections of them beside another owner's rows."""

import http.client
import statistics
import threading
import time
from io import BytesIO
from typing import Final

from PIL import Image

from benchmarks.edge.installation import EdgeInstallation, Probes, ServingProcess
from benchmarks.pictures.photographs import draw_photograph
from tables.images.small_picture import MAX_STORED_SIDE
from tests.pictures import cats_and_dogs, zip_of

MAX_RATIO: Final = 1.5
MAX_WAIT_SECONDS: Final = 0.1
MAX_GROWTH: Final = 300_000_000
TURNS: Final = 25
CONNECTIONS: Final = 8
SECONDS: Final = 15.0


def train_on_pictures(installation: EdgeInstallation) -> None:
    """A model `pictures` of the hostile owner."""
    owner = installation.hostile
    owner.train(owner.upload(zip_of(cats_and_dogs(20)), "application/zip"), "label", "pictures")


def measure_single(installation: EdgeInstallation) -> bool:
    """True if a photograph is answered in at most so many times what decoding it takes."""
    photograph = draw_photograph(0)
    connection = PictureConnection(installation)
    decoding: list[float] = []
    answering: list[float] = []
    for _ in range(TURNS + 2):
        began = time.perf_counter()
        with Image.open(BytesIO(photograph)) as image:
            image.thumbnail((MAX_STORED_SIDE, MAX_STORED_SIDE), Image.Resampling.LANCZOS)  # decodes at a scale
        decoding.append(time.perf_counter() - began)
        began = time.perf_counter()
        assert connection.predict(photograph) == 200
        answering.append(time.perf_counter() - began)
    alone, answer = (1000 * statistics.median(times[2:]) for times in (decoding, answering))
    print(
        f"single    a photograph of {len(photograph) / 1e6:.1f} MB: decoded in {alone:.1f} ms, answered in "
        f"{answer:.1f} ms, {answer / alone:.2f} times as long; bar: {MAX_RATIO}",
        flush=True,
    )
    return answer / alone <= MAX_RATIO


def measure_crowd(installation: EdgeInstallation, probes: Probes) -> bool:
    """True if another owner's predictions are quick beside connections that send photographs all the time."""
    photograph = draw_photograph(1)
    serving = ServingProcess(installation.service)
    over = threading.Event()
    answered: list[int] = []

    def send() -> None:
        connection = PictureConnection(installation)
        while not over.is_set():
            answered.append(connection.predict(photograph))

    before = serving.reset_peak()
    senders = [threading.Thread(target=send, daemon=True) for _ in range(CONNECTIONS)]
    for sender in senders:
        sender.start()
    time.sleep(1)
    probes.start()
    time.sleep(SECONDS)
    waits = sorted(probes.stop())
    over.set()
    for sender in senders:
        sender.join()
    growth, slow = serving.peak() - before, waits[int(0.99 * len(waits))]
    print(
        f"crowd     {len(answered) / SECONDS:.0f} photographs a second over {CONNECTIONS} connections; another owner's "
        f"predictions: median {1000 * statistics.median(waits):.1f} ms, 99 of 100 within {1000 * slow:.0f} ms; bar: "
        f"{1000 * MAX_WAIT_SECONDS:.0f} ms; memory +{growth / 1e6:.0f} MB; bar: {MAX_GROWTH / 1e6:.0f} MB",
        flush=True,
    )
    refused = [status for status in answered if status not in {200, 503}]
    return not refused and not probes.failures and slow <= MAX_WAIT_SECONDS and growth < MAX_GROWTH


class PictureConnection:
    """A connection of the hostile owner, on which pictures are sent to the model."""

    def __init__(self, installation: EdgeInstallation) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", installation.service.port, timeout=120)
        self._key = installation.hostile.key

    def predict(self, picture: bytes, media_type: str = "image/jpeg") -> int:
        """The status of the answer to a picture."""
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": media_type}
        self._connection.request("POST", "/v1/models/pictures/predict", picture, headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status
