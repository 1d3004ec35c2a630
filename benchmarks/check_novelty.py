"""How often a net tells that a picture is like nothing that it learned: `python benchmarks/check_novelty.py`.

It learns drawn digits with the default layers, and is shown digits that it never saw, for false alarms, and letters,
noise, inverted digits, even pictures and the drawings of animals among the examples. `--photos cats.zip` adds the JPEG
files of an archive. The exit status is 0 only if false alarms are at most 2% and all but letters are found 95 times in
100.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported: as in a worker

import argparse
import sys
import time
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).parent.parent))

from learning.data.prepare import prepare
from learning.frame import CategoricalColumn, Frame, ImageColumn
from learning.model import Model, create_model
from learning.nn.net import NeuralNet
from learning.novelty.picture_novelty import MAX_UNFAMILIAR
from learning.training.image_defaults import choose_image_training
from learning.training.image_spec import ImageSpec
from learning.training.spec import TrainingSpec
from learning.training.trainer import Trainer

SIDE, ROWS, EPOCHS, UNSEEN, OTHERS = 28, 1000, 15, 2000, 300
DIGITS, LETTERS = "0123456789", "ABCDEFGHJKMNPQRTUVWXYabdefhkmnrt"
FONT: Final = ImageFont.load_default(44)
MAX_FALSE_ALARMS, MIN_FOUND = 0.02, 0.95
DRAWINGS: Final = Path(__file__).parents[1] / "examples" / "drawings"


def draw(text: str, random: np.random.Generator) -> np.ndarray:
    """A character, white on black, turned, sheared, stretched and blurred a little."""
    large = Image.new("L", (84, 84), 0)
    pen = ImageDraw.Draw(large)
    pen.text((42, 42), text, 255, font=FONT, anchor="mm", stroke_width=int(random.integers(0, 3)))
    angle, shear, scale = random.normal(0, 0.15), random.normal(0, 0.15), random.normal(1.0, 0.08)
    cosine, sine = np.cos(angle) / scale, np.sin(angle) / scale
    a, b, d, e = cosine, sine + shear, -sine, cosine
    x, y = random.normal(42, 2, 2)
    matrix = (a, b, 42 - a * x - b * y, d, e, 42 - d * x - e * y)
    turned = large.transform((84, 84), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)
    return np.asarray(turned.resize((SIDE, SIDE), Image.Resampling.BOX), np.uint8)


def draw_all(alphabet: str, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (count, 1, 28, 28) of characters by chance, and their numbers."""
    random = np.random.default_rng(seed)
    numbers = random.integers(0, len(alphabet), count)
    return np.array([draw(alphabet[number], random) for number in numbers])[:, None], numbers


def read_grey(data: bytes) -> np.ndarray:
    """A picture as the net sees it."""
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB").convert("L").resize((SIDE, SIDE)), np.uint8)[None]


def train() -> Model:
    """A model of digits, with what is chosen for so many pictures."""
    pixels, numbers = draw_all(DIGITS, ROWS, 0)
    label = CategoricalColumn(numbers.astype(np.int32), tuple(DIGITS))
    columns = {"picture": ImageColumn(pixels, np.ones(ROWS, np.bool_)), "digit": label}
    prepared = prepare(Frame(columns, ROWS), target="digit")
    chosen = choose_image_training(ROWS, SIDE, directed=True, image=ImageSpec(size=SIDE))
    spec = TrainingSpec(**{**chosen, "epochs": EPOCHS})
    net = NeuralNet(prepared.inputs.net_inputs, spec.layers, len(DIGITS), seed=0)
    trainer = Trainer(net, prepared.train, prepared.validation, spec)
    for _ in trainer.run():
        pass
    trainer.finish()
    began = time.process_time()
    model = create_model(prepared, net)
    taken = time.process_time() - began
    print(f"fitted in {taken:.2f} processor seconds, {len(model.header.to_json()):,} bytes of header")
    return model


def main() -> int:
    """Print the table; answers the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, help="a ZIP archive of JPEG files")
    photos = parser.parse_args().photos
    model, random = train(), np.random.default_rng(1)

    def measure(pixels: np.ndarray) -> float:
        pixels = np.ascontiguousarray(pixels)
        column = ImageColumn(pixels, np.ones(len(pixels), np.bool_))
        typicality = model.predict(Frame({"picture": column}, len(pixels)))[0].typicality
        assert typicality is not None
        return float((typicality <= MAX_UNFAMILIAR).mean())

    unseen, numbers = draw_all(DIGITS, UNSEEN, 2)
    digits = model.predict(Frame({"picture": ImageColumn(unseen, np.ones(UNSEEN, np.bool_))}, UNSEEN))[0]
    print(f"right for {(digits.choices == numbers).mean():.1%} of {UNSEEN:,} digits that it never saw")
    false_alarms = measure(unseen)
    others = {
        "noise": random.integers(0, 256, (OTHERS, 1, SIDE, SIDE), dtype=np.uint8),
        "inverted digits": 255 - unseen[:OTHERS],
        "even pictures": np.broadcast_to(random.integers(0, 256, (50, 1, 1, 1)), (50, 1, SIDE, SIDE)).astype(np.uint8),
        "drawn animals": np.array([read_grey(path.read_bytes()) for path in sorted(DRAWINGS.glob("*/*.png"))]),
    }
    if photos is not None:
        with zipfile.ZipFile(photos) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith((".jpg", ".jpeg"))]
            others["photographs"] = np.array([read_grey(archive.read(name)) for name in names])
    found = {name: (len(pixels), measure(pixels)) for name, pixels in others.items()}
    print("| shown | pictures | unfamiliar |\n| --- | --- | --- |")
    print(f"| digits that it never saw (false alarms) | {UNSEEN:,} | {false_alarms:.1%} |")
    print(f"| letters | {OTHERS} | {measure(draw_all(LETTERS, OTHERS, 3)[0]):.1%} |")
    for name, (count, share) in found.items():
        print(f"| {name} | {count:,} | {share:.1%} |")
    return 0 if false_alarms <= MAX_FALSE_ALARMS and min(share for _, share in found.values()) >= MIN_FOUND else 1


if __name__ == "__main__":
    sys.exit(main())
