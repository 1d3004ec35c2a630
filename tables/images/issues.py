"""Issues of images: of a file in an archive that is no row, and of a cell without the picture that it names."""

from tables.images.errors import UnusableImage
from tables.issues import Issue, shorten_value


def describe_cell(unusable: UnusableImage, name: str, column: str, row: int, line: int | None = None) -> Issue:
    """The issue of a cell of a table whose picture cannot be used."""
    return Issue(
        unusable.code, "error", "cell_emptied", line, row, column, shorten_value(name), suggestion=unusable.reason
    )


def describe_unnamed(name: str, table: str) -> Issue:
    """The issue of a member that no row of the archive's table names."""
    reason = f"No row of {shorten_value(table)} names it."
    return Issue("unnamed_file", "warning", "file_left_out", value=shorten_value(name), suggestion=reason)


def describe_member(unusable: UnusableImage, name: str, row: int, *, is_image: bool) -> Issue:
    """The issue of a member that is no row; a file that does not claim to be a picture is no error."""
    is_warning = unusable.code == "duplicate_image" or not is_image
    return Issue(
        unusable.code,
        "warning" if is_warning else "error",
        "row_rejected" if is_image else "file_left_out",
        row=row,
        value=shorten_value(name),
        suggestion=unusable.reason,
    )
