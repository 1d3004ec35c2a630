"""Draws the pictures in `drawings/`: faces of cats, dogs and mice, each different, in a folder of its kind.

Run it in this folder, to draw others: `python make_drawings.py 24 --seed 1`.
"""

import argparse
import math
import random
from pathlib import Path

from PIL import Image, ImageDraw

SIDE = 64
SCALE = 4  # drawn larger, and made smaller for smooth edges


def draw_face(kind: str, chance: random.Random) -> Image.Image:
    """A face in a random place, size, turn and colours."""
    side = SIDE * SCALE
    ground = tuple(chance.randint(140, 255) for _ in range(3))
    fur = tuple(chance.randint(30, 200) for _ in range(3))
    image = Image.new("RGB", (side, side), ground)
    draw = ImageDraw.Draw(image)
    x, y = (side * chance.uniform(0.42, 0.58) for _ in range(2))
    size = side * chance.uniform(0.2, 0.28)
    draw_ears(draw, kind, (x, y, size), fur)
    draw.ellipse((x - size, y - size, x + size, y + size), fill=fur)
    dark, light = (20, 20, 20), (245, 245, 245)
    for side_sign in (-1, 1):
        eye_x, eye_y, eye = x + side_sign * 0.4 * size, y - 0.2 * size, size * chance.uniform(0.12, 0.18)
        draw.ellipse((eye_x - eye, eye_y - eye, eye_x + eye, eye_y + eye), fill=light)
        draw.ellipse((eye_x - eye / 2, eye_y - eye / 2, eye_x + eye / 2, eye_y + eye / 2), fill=dark)
    nose = size * (0.25 if kind == "dog" else 0.12)
    draw.ellipse((x - nose, y + 0.25 * size - nose / 2, x + nose, y + 0.25 * size + nose), fill=dark)
    if kind != "dog":
        for tilt in (-0.15, 0.0, 0.15):
            for side_sign in (-1, 1):
                start, end = (
                    (x + side_sign * 0.25 * size, y + 0.35 * size),
                    (x + side_sign * 1.2 * size, y + (0.35 + tilt * 2) * size),
                )
                draw.line((*start, *end), fill=light, width=SCALE)
    turned = image.rotate(chance.uniform(-15, 15), Image.Resampling.BICUBIC, fillcolor=ground)
    return turned.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def draw_ears(draw: ImageDraw.ImageDraw, kind: str, face: tuple[float, float, float], fur: tuple[int, ...]) -> None:
    """Pointed ears of a cat, hanging ones of a dog, round ones of a mouse."""
    x, y, size = face
    inner = tuple(min(255, part + 40) for part in fur)
    for side_sign in (-1, 1):
        if kind == "cat":
            for colour, part in ((fur, 1.0), (inner, 0.6)):
                points = [(-0.95, -0.3), (-0.75, -1.0 - 0.6 * part), (-0.15, -0.9)]
                draw.polygon([(x + side_sign * -a * size * 0.98, y + b * size) for a, b in points], fill=colour)
        elif kind == "dog":
            left = x + side_sign * 1.0 * size
            draw.ellipse((left - 0.35 * size, y - 0.7 * size, left + 0.35 * size, y + 0.8 * size), fill=inner)
        else:
            angle = math.radians(50)
            cx, cy = x + side_sign * math.cos(angle) * 1.2 * size, y - math.sin(angle) * 1.2 * size
            for colour, radius in ((fur, 0.65), (inner, 0.42)):
                draw.ellipse(
                    (cx - radius * size, cy - radius * size, cx + radius * size, cy + radius * size), fill=colour
                )


def main() -> None:
    """Draw so many of each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=24, help="pictures of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "drawings")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    for kind in ("cat", "dog", "mouse"):
        folder = options.out / kind
        folder.mkdir(parents=True, exist_ok=True)
        for index in range(options.number):
            draw_face(kind, chance).save(folder / f"{index:02}.png", optimize=True)


if __name__ == "__main__":
    main()
