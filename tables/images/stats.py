"""Statistics of the images of a column, collected while they are decoded: sizes, file formats, whether all are grey."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate

from tables.images.decoding import Picture
from tables.profile import ImageStats, SideStats, TopValue


@dataclass
class ImageCounter:
    """What is counted of the images of a column."""

    kinds: Counter[str] = field(default_factory=Counter[str])
    widths: Counter[int] = field(default_factory=Counter[int])
    heights: Counter[int] = field(default_factory=Counter[int])
    colored: int = 0

    def add(self, picture: Picture) -> None:
        """Count an image."""
        self.kinds[picture.kind] += 1
        self.widths[picture.width] += 1
        self.heights[picture.height] += 1
        self.colored += not picture.is_grey

    def stats(self) -> ImageStats:
        """The statistics of the images so far."""
        kinds = sorted(self.kinds.items(), key=lambda each: (-each[1], each[0]))
        return ImageStats(
            kinds=tuple(TopValue(kind, count) for kind, count in kinds),
            width=_count_sides(self.widths),
            height=_count_sides(self.heights),
            grey=not self.colored,
        )


def _count_sides(counts: Counter[int]) -> SideStats:
    """The range and the median of lengths, which is the lower one of two."""
    if not counts:
        return SideStats(0, 0, 0)
    lengths = sorted(counts)
    at_most = list(accumulate(counts[length] for length in lengths))
    return SideStats(lengths[0], lengths[bisect_left(at_most, at_most[-1] / 2)], lengths[-1])
