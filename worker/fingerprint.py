"""The fingerprint of an environment: all that the bits of a result depend on besides spec and data.

It has versions, the processor, cores, threads, and the number of Gradus's own arithmetic. A job that resumes under
another fingerprint gets a warning that its bits may differ.
"""

import ctypes
import platform
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from store.tables import JsonObject

ARITHMETIC: Final = 3
"""The number of Gradus's own arithmetic: raise it with every change that gives a training or prediction other bits.

The test of golden bits fails after such a change; a release that only adds computations keeps the number.
"""


@cache
def compute_fingerprint(cores: int) -> JsonObject:
    """The fingerprint of this process, which must be the one that trains, on `cores` cores.

    The result is cached, so do not change it.
    """
    built = cast("dict[str, Any]", np.show_config(mode="dicts"))
    blas = built["Build Dependencies"]["blas"]
    core, threads = _openblas()
    return {
        "arithmetic": ARITHMETIC,
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
        "blas_core": core,
        "blas_threads": threads,
        "cores": cores,
        "machine": platform.machine(),
        "vectors": sorted(built["SIMD Extensions"].get("found", [])),
    }


def _openblas() -> tuple[str | None, int | None]:
    """The kernels that NumPy's bundled OpenBLAS selected for the processor, and its threads; None for another BLAS."""
    site = Path(np.__file__).parent
    for folder in (site.parent / "numpy.libs", site / ".dylibs"):
        for file in sorted(folder.glob("*openblas*")):
            library = ctypes.CDLL(str(file))
            try:
                core, threads = library.scipy_openblas_get_corename64_, library.scipy_openblas_get_num_threads64_
            except AttributeError:
                continue
            core.restype = ctypes.c_char_p
            return cast("bytes", core()).decode(), cast("int", threads())
    return None, None
