"""The fingerprint of an environment: what the bits of a result depend on besides spec and data.

That is versions, the processor, its cores and threads. A job that goes on under another fingerprint says that its bits
may differ.
"""

import ctypes
import platform
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from store.tables import JsonObject


@cache
def compute_fingerprint(cores: int) -> JsonObject:
    """The fingerprint of this process, which trains on `cores` cores; to be computed where the training happens.

    The result is cached, so do not change it.
    """
    built = cast("dict[str, Any]", np.show_config(mode="dicts"))
    blas = built["Build Dependencies"]["blas"]
    core, threads = _openblas()
    return {
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
        "blas_core": core,
        "blas_threads": threads,
        "cores": cores,
        "machine": platform.machine(),
        "vectors": sorted(built["SIMD Extensions"].get("found", [])),
    }


def _openblas() -> tuple[str | None, int | None]:
    """The kernels that NumPy's own OpenBLAS chose for this processor, and its threads; None with another BLAS."""
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
