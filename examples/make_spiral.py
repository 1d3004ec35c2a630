"""Makes spiral.csv: two spirals of 500 points in two colours, which no straight line and no small net can part."""

import csv
import math
import random
from pathlib import Path

ROWS = 500
TURNS = 1.5
NOISE = 0.035


def main() -> None:
    """Write spiral.csv beside this file."""
    random_source = random.Random(7)
    with Path(__file__).with_name("spiral.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["x", "y", "colour"])
        for row in range(ROWS):
            outwards = math.sqrt(random_source.random())
            colour = row % 2
            angle = outwards * TURNS * math.tau + colour * math.pi
            x = outwards * math.cos(angle) + random_source.gauss(0, NOISE)
            y = outwards * math.sin(angle) + random_source.gauss(0, NOISE)
            writer.writerow([round(x, 3), round(y, 3), "amber" if colour else "blue"])


if __name__ == "__main__":
    main()
