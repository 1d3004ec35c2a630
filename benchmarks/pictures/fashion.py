"""Fashion-MNIST: 70,000 grey pictures of clothes, 28 x 28 pixels, of ten classes (Xiao, Rasul & Vollgraf 2017).

They are those of Debian's package dataset-fashion-mnist, which is downloaded into .bench, and checked by hashes.
"""

import gzip
import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2]))

from learning.data.arrays import ArrayDataset
from learning.tasks.classification import ClassTarget

FOLDER: Final = Path(__file__).parents[2] / ".bench" / "fashion"
PACKAGE: Final = "dataset-fashion-mnist"
FILES: Final = "usr/share/datasets/fashion-mnist"
SHA256: Final = {
    "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
    "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
}
CLASSES: Final = ("top", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")


@dataclass(frozen=True)
class Pictures:
    """Pictures (n, 1, 28, 28) and their classes (n,)."""

    images: NDArray[np.uint8]
    classes: NDArray[np.int64]

    def take(self, rows: NDArray[np.intp]) -> "Pictures":
        """These rows."""
        return Pictures(self.images[rows], self.classes[rows])

    def to_dataset(self) -> ArrayDataset:
        """The pictures as a net is trained on them."""
        nothing: NDArray[np.float32] = np.empty((len(self.classes), 0), np.float32)
        return ArrayDataset(nothing, self.classes, ClassTarget(classes=CLASSES), images=self.images)


def download_pictures(folder: Path = FOLDER) -> Path | None:
    """The folder of the four files of Debian's package, downloaded at the first call; None where that cannot be."""
    files = folder / FILES
    if not files.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["apt-get", "download", PACKAGE], cwd=folder, check=True, capture_output=True)
            (package,) = folder.glob("*.deb")
            subprocess.run(["dpkg-deb", "-x", package.name, "."], cwd=folder, check=True, capture_output=True)
            package.unlink()
        except (OSError, subprocess.CalledProcessError, ValueError):
            return None
    return files


def read_pictures(folder: Path, part: str) -> Pictures:
    """The pictures of a part, `train` or `t10k`.

    Raises:
        SystemExit: if a file is not the one that the bars were set for.
    """
    found: list[NDArray[np.uint8]] = []
    for kind, header in (("images-idx3", 16), ("labels-idx1", 8)):
        name = f"{part}-{kind}-ubyte.gz"
        data = (folder / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != SHA256[name]:
            raise SystemExit(f"{name} is another file than the one that the bars were set for.")
        found.append(np.frombuffer(bytearray(gzip.decompress(data)), np.uint8, offset=header))
    return Pictures(found[0].reshape(-1, 1, 28, 28), found[1].astype(np.int64))
