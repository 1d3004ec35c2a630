"""Makes houses.csv: homes that were never built, sold at prices that follow a rule and some luck.

A table that everybody can read at a glance, with the blemishes that typed tables have. Run it again and the same
file comes out: `python examples/make_houses.py`.
"""

import csv
import random
from pathlib import Path

DOLLARS_PER_SQFT = {"riverside": 245.0, "old town": 290.0, "north hill": 210.0, "harbour": 330.0, "fairview": 180.0}
SHARES = {"riverside": 30, "old town": 18, "north hill": 25, "harbour": 9, "fairview": 18}


def house(random_source: random.Random) -> dict[str, str]:
    """One sale. Bigger homes fetch less for each square foot more; a bedroom is worth most where space is dear."""
    location = random_source.choices(list(SHARES), weights=list(SHARES.values()))[0]
    sqft = min(4800.0, max(420.0, random_source.lognormvariate(7.3, 0.36)))
    bedrooms = max(1, min(6, round(sqft / 560 + random_source.gauss(0.2, 0.6))))
    rate = DOLLARS_PER_SQFT[location]
    price = rate * 1500 * (sqft / 1500) ** 0.86 + 90 * rate * (bedrooms - 2)
    price *= random_source.lognormvariate(0.0, 0.07)
    return {
        "location": location,
        "sqft": str(round(sqft)),
        "bedrooms": str(bedrooms),
        "price": str(round(price / 100) * 100),
    }


def blemish(houses: list[dict[str, str]]) -> None:
    """Spoil some cells as people do: cells left out, thousands separators, a letter for a digit, shouting."""
    for number, marker in zip((17, 88, 203, 351, 402), ("", "NA", "n/a", "", "-"), strict=True):
        houses[number]["sqft"] = marker
    for number in (64, 142, 287, 433):
        houses[number]["sqft"] = f"{int(houses[number]['sqft']):,}"
    houses[117]["sqft"] = f"{int(houses[117]['sqft']):,}".replace("0", "o")
    houses[260]["bedrooms"] = ""
    houses[371]["location"] = ""
    houses[455]["price"] = ""


def main() -> None:
    """Write the table beside this script."""
    random_source = random.Random(7)
    houses = [house(random_source) for _ in range(546)]
    blemish(houses)
    path = Path(__file__).with_name("houses.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(houses[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(houses)
    print(f"{path.name}: {len(houses)} rows")


if __name__ == "__main__":
    main()
