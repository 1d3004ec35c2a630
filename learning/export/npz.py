"""NumPy's npz format."""

import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from learning.export.pieces import PieceBuffer, cut_array


def write_npz(arrays: Mapping[str, NDArray[np.float32]], texts: Mapping[str, str] | None = None) -> Iterator[bytes]:
    """The arrays as NumPy's uncompressed zip, in pieces; `numpy.load` reads it, and texts by their names as bytes."""
    written = PieceBuffer()
    with zipfile.ZipFile(cast("Any", written), "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, array in arrays.items():
            head = BytesIO()
            about = {"descr": "<f4", "fortran_order": False, "shape": array.shape}
            np.lib.format.write_array_header_1_0(head, about)
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                member.write(head.getvalue())
                for piece in cut_array(array):
                    member.write(piece)
                    yield written.take()
        for name, text in (texts or {}).items():
            archive.writestr(zipfile.ZipInfo(name), text.encode())
    yield written.take()
