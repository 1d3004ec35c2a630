"""Make `book_ratings.csv`: 60 made-up readers rate made-up books by their taste; a recommender can find the tastes.

Each reader likes two of four genres and is indifferent or averse to the others. Each book has a quality of its own,
each reader a mood. A reader rates about a third of the books, more often those of genres that the reader likes. The
same file comes out each time: `python examples/make_book_ratings.py`.
"""

import csv
from pathlib import Path
from random import Random

GENRES = {
    "crime": ("Case", "Witness", "Alibi", "Verdict"),
    "fantasy": ("Dragon", "Sword", "Oracle", "Kingdom"),
    "science": ("Atom", "Galaxy", "Fossil", "Theorem"),
    "travel": ("Island", "Desert", "Harbour", "Mountain"),
}
PLACES = ("Amber", "Hollow", "Northern", "Silent", "Last")
READERS = 60
SHARE_LIKED, SHARE_OTHER = 0.55, 0.15


def main() -> None:
    """Write the file beside this script."""
    random = Random(7)
    books = [(f"The {place} {word}", genre) for genre, words in GENRES.items() for word in words for place in PLACES]
    quality = {title: random.gauss(0, 0.3) for title, _ in books}
    rows: list[tuple[str, str, str, int, str]] = []
    for number in range(1, READERS + 1):
        liked = random.sample(list(GENRES), 2)
        mood = random.gauss(0, 0.3)
        for title, genre in books:
            is_liked = genre in liked
            if random.random() < (SHARE_LIKED if is_liked else SHARE_OTHER):
                taste = 1.0 if is_liked else -1.0
                stars = 3.2 + taste + quality[title] + mood + random.gauss(0, 0.4)
                day = random.randrange(1, 29)
                date = f"2026-{random.randrange(1, 13):02}-{day:02}"
                rows.append((f"reader {number}", title, genre, min(5, max(1, round(stars))), date))
    rows.sort(key=lambda row: row[-1])
    with Path(__file__).with_name("book_ratings.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("reader", "book", "genre", "stars", "date"))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
