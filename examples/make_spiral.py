"""Two spirals wound into each other, in two colours: a table whose learning can be seen as a picture.

No straight line parts the colours, and a net that is too small cannot either; the same 500 rows each time.
"""

import csv
import math
import random
from pathlib import Path

ROWS = 500
TURNS = 1.5
NOISE = 0.035


def main() -> None:
    """Write spiral.csv beside this file."""
    luck = random.Random(7)
    with Path(__file__).with_name("spiral.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["x", "y", "colour"])
        for row in range(ROWS):
            outwards = math.sqrt(luck.random())
            colour = row % 2
            angle = outwards * TURNS * math.tau + colour * math.pi
            x = outwards * math.cos(angle) + luck.gauss(0, NOISE)
            y = outwards * math.sin(angle) + luck.gauss(0, NOISE)
            writer.writerow([round(x, 3), round(y, 3), "amber" if colour else "blue"])


if __name__ == "__main__":
    main()
