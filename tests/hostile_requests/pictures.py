"""Pictures that are small to send and large to decode, forms and archives with far too much, and what is none."""

import struct
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Final

from PIL import Image

from tests.hostile_requests.files import UPLOAD
from tests.hostile_requests.request import JSON, HostileRequest, post_bytes, post_json
from tests.hostile_requests.rows import predict
from tests.hostile_requests.targets import Targets
from tests.pictures import png, save, tar_of, zip_of

SIDE: Final = 7000
"""The side of a square of as many pixels as a picture may have."""
ZIP: Final = "application/zip"
SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def write_zeros(width: int, height: int, colour_type: int = 0, depth: int = 8, cut: int = 0) -> bytes:
    """A PNG file of zeros, without the last bytes of its pixels if it is cut (PNG specification, third edition, 11)."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type]
    pixels = zlib.compress(bytes((1 + (width * channels * depth + 7) // 8) * height))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))]
    if colour_type == 3:
        chunks += [(b"PLTE", bytes(768)), (b"tRNS", bytes(256))]
    chunks += [(b"IDAT", pixels[: len(pixels) - cut]), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(write_chunk(kind, data) for kind, data in chunks)


def write_chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_scans(side: int, scans: int) -> bytes:
    """A progressive JPEG file whose last scan is there many times."""
    data = save(Image.new("RGB", (side, side)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + data[-2:]


PICTURES: Final[dict[str, Callable[[], bytes]]] = {
    "PNG of 49 million grey pixels": lambda: write_zeros(SIDE, SIDE),
    "PNG of 49 million pixels in colour": lambda: write_zeros(SIDE, SIDE, 2),
    "PNG of 49 million transparent pixels": lambda: write_zeros(SIDE, SIDE, 6),
    "PNG of 49 million pixels of a palette": lambda: write_zeros(SIDE, SIDE, 3),
    "PNG of 49 million pixels of 16 bits": lambda: write_zeros(SIDE, SIDE, 0, 16),
    "PNG of 49 million pixels, cut off": lambda: write_zeros(SIDE, SIDE, 2, cut=100),
    "PNG of 100,000 x 1 pixels": lambda: write_zeros(100_000, 1),
    "PNG of 1 x 100,000 pixels": lambda: write_zeros(1, 100_000),
    "PNG that says it has 2**31 x 2**31 pixels": lambda: write_zeros(1, 1).replace(
        struct.pack(">II", 1, 1), struct.pack(">II", 2**31 - 1, 2**31 - 1)
    ),
    "PNG with a text of 60 MB": lambda: _insert(write_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(60_000_000)))),
    "PNG with a colour profile of 60 MB": lambda: _insert(
        write_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(60_000_000)))
    ),
    "PNG with 300,000 chunks": lambda: _insert(write_chunk(b"tEXt", b"a\0b") * 300_000),
    "JPEG of 49 million pixels": lambda: save(Image.new("RGB", (SIDE, SIDE)), "JPEG"),
    "progressive JPEG of 49 million pixels": lambda: save(Image.new("RGB", (SIDE, SIDE)), "JPEG", progressive=True),
    "progressive JPEG of 2,000 scans": lambda: write_scans(3000, 2000),
    "progressive JPEG of 49 million pixels and 200 scans": lambda: write_scans(SIDE, 200),
    "JPEG of four colours and 49 million pixels": lambda: save(Image.new("CMYK", (SIDE, SIDE)), "JPEG"),
    "WebP of 49 million pixels": lambda: save(Image.new("RGB", (SIDE, SIDE)), "WEBP", quality=0, method=0),
    "GIF of 49 million pixels": lambda: save(Image.new("P", (SIDE, SIDE)), "GIF"),
    "GIF of 3,000 pictures": lambda: save(
        Image.new("P", (300, 300)), "GIF", save_all=True, append_images=[Image.new("P", (300, 300), 1)] * 3000
    ),
    "BMP of 15 million pixels": lambda: save(Image.new("1", (4000, 4000)), "BMP"),
    "SVG": lambda: SVG,
    "a picture that is an archive too": lambda: png(1) + zip_of({"a.png": png(2)}),
    "a picture with a page behind it": lambda: png(1) + SVG * 50_000,
    "20 MB of nothing": lambda: bytes(20_000_000),
    "40 MB that begin like a picture": lambda: png(1)[:40] + bytes(40_000_000),
    "a cut picture": lambda: png(1)[:60],
    "a TIFF picture": lambda: save(Image.new("L", (3000, 3000)), "TIFF"),
}
"""Files that are costly to decode, or none."""


def single_pictures(targets: Targets) -> Iterator[HostileRequest]:
    """Each as the body, and as a cell of base64."""
    for name, create in PICTURES.items():
        yield post_bytes(f"predict: {name}", predict(targets.picture_model), create, "image/png")
        yield post_json(
            f"predict: a cell of {name}",
            predict(targets.picture_model),
            lambda create=create: [{"image": f"data:image/png;base64,{b64encode(create()).decode()}"}],
        )


def many_pictures(targets: Targets) -> Iterator[HostileRequest]:
    """Many in a form, and in cells."""
    for name, times in {
        "PNG of 49 million grey pixels": 100,
        "PNG of 49 million pixels in colour": 5,
        "PNG of 49 million pixels, cut off": 50,
        "progressive JPEG of 49 million pixels": 20,
        "JPEG of 49 million pixels": 20,
        "a cut picture": 1000,
    }.items():
        files = lambda name=name, times=times: [PICTURES[name]()] * times  # noqa: E731 - built late
        yield post_form(f"predict: {times:,} times a {name}", targets, files)
    small = [png(number, 224, 224) for number in range(20)]
    yield post_form("predict: 1,000 pictures of 224 x 224 pixels", targets, lambda: small * 50)
    text = f'{{"image":"{b64encode(png(1)).decode()}"}}'.encode()
    for rows in (1000, 5000, 20_000):
        yield post_bytes(
            f"predict: {rows:,} cells of pictures",
            predict(targets.picture_model),
            lambda rows=rows: b"[" + b",".join([text] * rows) + b"]",
            JSON,
        )
    for name, cell in {
        "16 MB of base64 that is none": "A" * 2**24 + "!",
        "16 MB of base64 of zeros": "A" * 2**24,
        "an address of 16 MB": "data:image/png;" + "a=b;" * 2**22,
        "an address elsewhere": "http://169.254.169.254/latest/meta-data",
        "a name of a file": "../../../../etc/passwd",
        "a list": ["x"] * 100_000,
    }.items():
        yield post_json(f"predict: a cell of {name}", predict(targets.picture_model), lambda c=cell: [{"image": c}])


def odd_forms(targets: Targets) -> Iterator[HostileRequest]:
    """Forms of too many parts, and of parts that are none."""
    part = b'--X\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n'
    field = b'--X\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n'
    form = "multipart/form-data; boundary=X"
    for name, body in {
        "10,000 parts": (part + b"x\r\n") * 10_000,
        "1,000 empty parts": (part + b"\r\n") * 1000,
        "1,000 texts": field * 1000,
        "a text of 30 MB": field[:-3] + b"x" * 30_000_000 + b"\r\n",
        "a head of 10 MB": part[:-4] + b"\r\nX-More: " + b"x" * 10_000_000 + b"\r\n\r\nx\r\n",
        "100,000 lines of a head": part[:-4] + b"\r\nX-More: x" * 100_000 + b"\r\n\r\nx\r\n",
        "a part without an end": part + b"x" * 1_000_000,
        "8 MB of line feeds": part + b"\r\n" * 2**22,
        "8 MB of half a boundary": part + b"\r\n--" * 2**21,
        "a form in a form": part + field * 1000,
        "a name with dots": part.replace(b"a.png", b"../../../../etc/passwd") + png(1) + b"\r\n",
    }.items():
        yield post_bytes(
            f"predict: a form of {name}", predict(targets.picture_model), lambda b=body: b + b"--X--\r\n", form
        )
    yield post_bytes("predict: a form to a model of numbers", predict(targets.wide_model), lambda: field, form)
    yield post_bytes("predict: a picture to a model that recommends", predict(targets.recommender), png, "image/png")


def thumbnails(targets: Targets) -> Iterator[HostileRequest]:
    """Pictures of a dataset, of rows and columns that are not there."""
    path = f"/v1/datasets/{targets.pictures}/images"
    for row in ("0", "39", "40", "9" * 200, "-1", "%D9%A3", "1e3", "..%2f..%2fetc%2fpasswd"):
        yield HostileRequest(f"GET the picture of row {row[:20]}", "GET", f"{path}/{row}")
    for query in ("size=16", "size=256", "size=1000000", "column=label", "column=" + "i" * 50_000, "size=16&size=17"):
        yield HostileRequest(f"GET a picture with {query[:20]}", "GET", f"{path}/0?{query}")
    yield HostileRequest("GET a picture of a wide table", "GET", f"/v1/datasets/{targets.wide_dataset}/images/0")


def archives(_: Targets) -> Iterator[HostileRequest]:
    """Archives of too many members, of members in members, and of names that lead elsewhere."""
    picture, many = png(1), 210_000
    for name, create in {
        f"{many:,} empty members": lambda: zip_of({f"{n}.png": b"" for n in range(many)}, zipfile.ZIP_STORED),
        "60,000 members that are no pictures": lambda: zip_of({f"{n}.png": b"x" for n in range(60_000)}),
        "60,000 folders in one another": lambda: zip_of({"a/" * 30_000 + "b.png": picture}),
        "names with dots": lambda: zip_of({f"{'../' * 20}etc/cron.d/{n}.png": png(n) for n in range(20)}),
        "names of drives": lambda: zip_of({f"C:\\windows\\{n}.png": png(n) for n in range(20)}),
        "names of 60,000 letters": lambda: zip_of({"n" * 60_000 + f"{n}.png": png(n) for n in range(20)}),
        "an archive in an archive": lambda: zip_of({"a/b.zip": zip_of({"c.zip": zip_of({"d.png": picture})})}),
        "a member of 300 MB": lambda: zip_of({"a/b.png": picture, "a/c.png": bytes(300_000_000)}),
        "30 members of 19 MB": lambda: zip_of(dict.fromkeys((f"a/{n}.png" for n in range(30)), bytes(19_000_000))),
        "60 pictures of 49 million pixels": lambda: zip_of(
            {f"a/{n}.png": file + b"%d" % n for file in (write_zeros(SIDE, SIDE),) for n in range(60)}
        ),
        "pictures that are cut off": lambda: zip_of({f"a/{n}.png": png(n)[:50] for n in range(5000)}),
        "a table of 20,000 names": lambda: zip_of(
            {"list.csv": b"file,label\n" + b"a.png,x\n" * 20_000, "a.png": picture}
        ),
        "a cut archive": lambda: zip_of({f"a/{n}.png": png(n) for n in range(20)})[:-100],
        "a picture before it": lambda: picture + zip_of({f"a/{n}.png": png(n) for n in range(4)}),
        "members that say they are smaller": lambda: zip_of({"a/b.png": bytes(10**7), "a/c.png": picture}).replace(
            struct.pack("<I", 10**7), struct.pack("<I", 10)
        ),
        "65,535 members that are said and none that is there": lambda: (
            b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65_535, 65_535, 2**31, 0, 0)
        ),
    }.items():
        yield post_bytes(f"ZIP: {name}", UPLOAD, create, ZIP)
    for name, create in {
        "60,000 empty members": lambda: tar_of({f"{n}.png": b"" for n in range(60_000)}),
        "a member that says it has 8 GB": lambda: tar_of({"a/b.png": picture, "a/c.png": b""}).replace(
            b"00000000000\0", b"77777777777\0"
        ),
        "names with dots": lambda: tar_of({f"{'../' * 20}etc/{n}.png": png(n) for n in range(20)}),
        "nothing": lambda: bytes(10_240),
    }.items():
        yield post_bytes(f"tar: {name}", UPLOAD, create, "application/x-tar")


def post_form(name: str, targets: Targets, create: Callable[[], list[bytes]]) -> HostileRequest:
    """A POST of a form of pictures to predict."""

    def encode() -> bytes:
        body = BytesIO()
        for file in create():
            body.write(b'--X\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n')
            body.write(file)
            body.write(b"\r\n")
        body.write(b"--X--\r\n")
        return body.getvalue()

    return post_bytes(name, predict(targets.picture_model), encode, "multipart/form-data; boundary=X")


def _insert(chunk: bytes) -> bytes:
    """A PNG file with a chunk before its pixels."""
    data = write_zeros(32, 32)
    place = data.index(b"IDAT") - 4
    return data[:place] + chunk + data[place:]


FAMILIES: Final = (single_pictures, many_pictures, odd_forms, thumbnails, archives)
