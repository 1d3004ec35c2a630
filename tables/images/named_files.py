"""The files of an archive by the names that cells of a table have for them."""

from collections.abc import Iterator
from typing import Final

from tables.images.archive import Archive, Member, split_name
from tables.images.cells import File, Place
from tables.images.errors import UnusableImage
from tables.images.file_bytes import MAX_FILE_BYTES

_MAX_NAME_PARTS: Final = 8


class NamedFiles:
    """The files of an archive by their names, and by the ends of their names of which there is only one.

    Large and small letters are the same where no file has the very name.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._named: set[int] = set()
        by_end: dict[str, Member | None] = {}
        by_letters: dict[str, Member | None] = {}
        for member in archive.members:
            for start in range(min(len(member.parts), _MAX_NAME_PARTS)):
                end = "/".join(member.parts[start:])
                if start:
                    by_end[end] = None if end in by_end else member
                letters = end.casefold()
                by_letters[letters] = None if letters in by_letters else member
        by_name = {member.name: member for member in archive.members}
        self._lookups = (_drop_ambiguous(by_end) | by_name, _drop_ambiguous(by_letters))

    def find(self, name: str) -> Member | None:
        """The file with a name, which may have more or fewer folders before it than in the archive."""
        parts = split_name(name.strip())
        ends = ["/".join(parts[start:]) for start in range(min(len(parts), _MAX_NAME_PARTS))]
        exact, letters = self._lookups
        found = (exact.get(end) or letters.get(end.casefold()) for end in ends)
        return next((member for member in found if member is not None), None)

    def read(self, name: str | None, row: int, line: int | None) -> tuple[Place, File]:
        """The file with the name that a cell has, and its place."""
        if name is None:
            return Place("", row, line), None
        member = self.find(name)
        if member is None:
            missing = UnusableImage(
                "missing_file", "There is no file with this name in the archive; the name has its ending: cat.jpg."
            )
            return Place(name, row, line), missing
        self.mark(member)
        place = Place(name, row, line, member.name)
        try:
            return place, self._archive.read(member, MAX_FILE_BYTES)
        except UnusableImage as unusable:
            return place, unusable

    def mark(self, member: Member) -> None:
        """Remember that a file is needed."""
        self._named.add(member.place)

    def list_unnamed(self) -> Iterator[Member]:
        """The files that nobody needed."""
        return (member for member in self._archive.members if member.place not in self._named)


def _drop_ambiguous(members: dict[str, Member | None]) -> dict[str, Member]:
    return {name: member for name, member in members.items() if member is not None}
