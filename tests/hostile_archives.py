"""Archives that are made to cost minutes or gigabytes, or to write where they should not, and what becomes of each."""

import struct
import tarfile
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Final

from tests.pictures import png, tar_of, zip_of

PICTURE: Final = png(1)


def zip_entries(names: list[str], data: bytes = PICTURE) -> bytes:
    """A ZIP archive with these names, as they are."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, name in enumerate(names):
            archive.writestr(zipfile.ZipInfo(name), data + b"%d" % number)
    return file.getvalue()


def zip_of_many(entries: int) -> bytes:
    """A ZIP archive whose directory has this many entries of one file."""
    good = zip_entries(["cat/0.png"])
    at, end = good.index(b"PK\x01\x02"), good.index(b"PK\x05\x06")
    directory = good[at:end] * entries
    counts = struct.pack("<HH", entries & 0xFFFF, entries & 0xFFFF)
    return good[:at] + directory + good[end : end + 8] + counts + struct.pack("<IIH", len(directory), at, 0)


def zip64_lie(claim: int) -> bytes:
    """A ZIP archive whose 64-bit directory claims another place, size and number of entries."""
    good = zip_entries(["cat/0.png", "cat/1.png"])
    end = good.index(b"PK\x05\x06")
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, claim, claim, claim, claim)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    return (
        good[:end]
        + record
        + locator
        + b"PK\x05\x06"
        + struct.pack("<HHHHIIH", 0, 0, *[0xFFFF] * 2, *[2**32 - 1] * 2, 0)
    )


def overlap_entries(entries: int) -> bytes:
    """A ZIP archive whose entries all unpack the same bytes, a thousandfold, by names of their own."""
    good = zip_of({"cat/000000.png": bytes(19_000_000)})
    at, end = good.index(b"PK\x01\x02"), good.index(b"PK\x05\x06")
    entry = good[at:end]
    directory = b"".join(entry.replace(b"000000", b"%06d" % number) for number in range(entries))
    counts = struct.pack("<HH", entries, entries)
    return good[:at] + directory + good[end : end + 8] + counts + struct.pack("<IIH", len(directory), at, 0)


def tar_entry(name: str, kind: bytes, link: str = "", size: int = 0, data: bytes = b"", **pax: str) -> bytes:
    """A member of a tar archive, with headers of pax before it."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.pax_headers = kind, link, size, dict(pax)
    return info.tobuf(tarfile.PAX_FORMAT) + data + bytes(-len(data) % 512)


def sparse(holes: str, size: int) -> dict[str, str]:
    """The headers of a sparse file."""
    return {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.size": str(size), "GNU.sparse.map": holes}


def good_tar() -> bytes:
    """A tar archive of one picture, without its end."""
    return tar_entry("cat/good.png", tarfile.REGTYPE, size=len(PICTURE), data=PICTURE)


HOSTILE_ARCHIVES: Final[dict[str, tuple[str, Callable[[], bytes], str]]] = {
    "names with dots and slashes": (
        "zip",
        lambda: zip_entries(["../../../etc/passwd.png", "/etc/a.png", "C:\\b.png"]),
        "3",
    ),
    "a name with NUL": ("zip", lambda: zip_entries(["cat/a\0.exe.png", "dog/b.png"]), "2"),
    "a name of 65,000 letters": ("zip", lambda: zip_entries(["a" * 65_000 + "/b.png"]), "1"),
    "a name of 30,000 folders": ("zip", lambda: zip_entries(["a/" * 30_000 + "b.png"]), "1"),
    "names that are equal": ("zip", lambda: zip_entries(["cat/a.png"] * 3), "3"),
    "names that differ by case": ("zip", lambda: zip_entries(["cat/a.png", "CAT/A.PNG", "Cat/a.png"]), "3"),
    "names of control characters": ("zip", lambda: zip_entries(["\x1b[31mcat\r\n/a.png", "\u202egnp.exe/b.png"]), "2"),
    "a million entries": ("zip", lambda: zip_of_many(1_000_000), "too-many-files"),
    "entries that overlap": ("zip", lambda: overlap_entries(200), "no-pictures"),
    "entries that overlap, more than may be": ("zip", lambda: overlap_entries(400), "too-large"),
    "64-bit claims of 2^63": ("zip", lambda: zip64_lie(2**63), "damaged-file"),
    "64-bit claims of 0": ("zip", lambda: zip64_lie(0), "no-pictures"),
    "a ZIP in a ZIP": ("zip", lambda: zip_of({"a/b.zip": zip_of({"c.png": PICTURE}), "a/d.png": PICTURE}), "1"),
    "cut off": ("zip", lambda: zip_entries(["cat/a.png"])[:-30], "damaged-file"),
    "only its end": ("zip", lambda: zip_of({})[-22:], "no-pictures"),
    "a program before it": ("zip", lambda: b"#!/bin/sh\nexit\n" + zip_entries(["cat/a.png"]), "1"),
    "tar: links and devices": (
        "tar",
        lambda: (
            tar_entry("cat/a.png", tarfile.SYMTYPE, "/etc/passwd")
            + tar_entry("cat/b.png", tarfile.LNKTYPE, "../../../etc/passwd")
            + tar_entry("cat/c.png", tarfile.CHRTYPE)
            + tar_entry("cat/d.png", tarfile.FIFOTYPE)
            + good_tar()
        ),
        "1",
    ),
    "tar: a size of 1 TB that is not there": (
        "tar",
        lambda: good_tar() + tar_entry("cat/b.png", tarfile.REGTYPE, size=2**40),
        "damaged-file",
    ),
    "tar: cut off": ("tar", lambda: good_tar() + tar_of({"cat/b.png": PICTURE * 9})[:2_000], "damaged-file"),
    "tar: a sparse file of 8 TB": (
        "tar",
        lambda: tar_entry("cat/a.png", tarfile.REGTYPE, **sparse("0,0", 2**43)) + good_tar(),
        "1",
    ),
    "tar: a map of a million holes": (
        "tar",
        lambda: tar_entry("cat/a.png", tarfile.REGTYPE, **sparse("0,1," * 1_000_000 + "0,0", 9)) + good_tar(),
        "1",
    ),
    "tar: a name of a million folders": (
        "tar",
        lambda: tar_entry("cat/a.png", tarfile.REGTYPE, path="a/" * 1_000_000) + good_tar(),
        "1",
    ),
    "tar: 10,000 headers of pax": (
        "tar",
        lambda: tar_entry("x", tarfile.REGTYPE, **{f"a{number}": "b" for number in range(10_000)}) + good_tar(),
        "1",
    ),
}
"""The form of each archive, what makes it, and what becomes of it: the rows, or the kind of problem that refuses it."""
