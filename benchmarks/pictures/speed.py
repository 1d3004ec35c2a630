"""Pictures read a second, beside an image library alone, and how soon an archive of small ones is ready."""

import statistics
import time
from io import BytesIO
from typing import Final

from PIL import Image

from benchmarks.edge.installation import EdgeInstallation
from benchmarks.pictures.photographs import draw_photograph
from tables.images.decoding import decode_picture
from tables.images.small_picture import MAX_STORED_SIDE
from tests.pictures import draw, save, zip_of

MIN_RATIO: Final = 0.8
MAX_READY_SECONDS: Final = 5.0
TURNS: Final = 15
SMALL: Final = 1_000


def measure_speed(installation: EdgeInstallation) -> bool:
    """True if pictures are read almost as fast as they are decoded, and many small ones within seconds."""
    files = {"12 megapixels": (draw_photograph(2), 1), "640 x 480": (save(draw(3, 640, 480), "JPEG"), 20)}
    ratios = [_compare(name, data, times) for name, (data, times) in files.items()]
    names = ((f"{'cat' if number % 2 else 'dog'}/{number}.jpg", number) for number in range(SMALL))
    archive = zip_of({name: save(draw(number, 64, 64), "JPEG") for name, number in names})
    seconds = []
    for number in range(3):
        began = time.perf_counter()
        status, dataset = installation.hostile.ask(
            "POST", f"/v1/datasets?name=small-{number}", archive, "application/zip"
        )
        while status == 201 and dataset["status"] == "processing":
            time.sleep(0.02)
            _, dataset = installation.hostile.ask("GET", f"/v1/datasets/{dataset['id']}")
        seconds.append(time.perf_counter() - began)
        assert dataset["rows"] == SMALL, dataset
    ready = statistics.median(seconds)
    print(
        f"speed     an archive of {SMALL:,} pictures of 64 x 64 is ready in {ready:.1f} s; bar: {MAX_READY_SECONDS:g} s"
    )
    return min(ratios) >= MIN_RATIO and ready <= MAX_READY_SECONDS


def _compare(name: str, data: bytes, times: int) -> float:
    """How many times as fast as an image library a picture is read, which is also encoded to be kept."""
    alone: list[float] = []
    read: list[float] = []
    for _ in range(TURNS):
        began = time.perf_counter()
        for _ in range(times):
            with Image.open(BytesIO(data)) as image:
                image.thumbnail((MAX_STORED_SIDE, MAX_STORED_SIDE), Image.Resampling.LANCZOS)
                image.save(BytesIO(), "JPEG", quality=90)
        alone.append((time.perf_counter() - began) / times)
        began = time.perf_counter()
        for _ in range(times):
            decode_picture(data)
        read.append((time.perf_counter() - began) / times)
    ratio = statistics.median(one / other for one, other in zip(alone, read, strict=True))
    print(
        f"speed     {name}: Pillow alone {1 / statistics.median(alone):.0f} a second, read "
        f"{1 / statistics.median(read):.0f}, {ratio:.2f} times as many; bar: {MIN_RATIO}",
        flush=True,
    )
    return ratio
