"""Writing of ONNX in a process of its own, one at a time: it takes seconds and several times the memory of a model.

So predictions go on meanwhile, and what a large model takes is given back.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Final

import structlog

from learning.errors import NotExportable
from learning.export.onnx.file import check_onnx
from learning.model import Model
from service.http.errors import ProblemError
from service.models.graph_writer import MAX_SECONDS, REFUSED
from tables import find_net_file

MAX_WAIT_SECONDS: Final = 20.0
"""How long the file of another model is waited for."""
WRITER: Final = [sys.executable, "-P", "-m", "service.models.graph_writer"]

log = structlog.get_logger(__name__)
_ONE_AT_A_TIME: Final = threading.Lock()


def write_graph(model: Model, about: Mapping[str, str]) -> bytes:
    """The model as a file of ONNX.

    Raises:
        NotExportable: ONNX cannot have it, or the package that writes it is missing.
        ProblemError: `unavailable`, if others are being written.
    """
    check_onnx(model)
    net_file = find_net_file()
    if not _ONE_AT_A_TIME.acquire(timeout=MAX_WAIT_SECONDS):
        detail = "Other models are being written as ONNX now. Try again in a moment."
        raise ProblemError("unavailable", detail, headers={"Retry-After": "10"})
    try:
        done = subprocess.run(  # noqa: S603 - the arguments are ours
            WRITER if net_file is None else [*WRITER, str(net_file)],
            input=json.dumps(dict(about)).encode() + b"\n" + model.to_bytes(),
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            timeout=2 * MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _refuse_size() from None
    finally:
        _ONE_AT_A_TIME.release()
    if done.returncode:
        log.error(
            "the writer of ONNX failed",
            returncode=done.returncode,
            error=done.stderr[-2000:].decode("utf-8", "replace"),
        )
        raise _refuse_size()
    if done.stdout[:1] == REFUSED:
        raise NotExportable(*json.loads(done.stdout[1:]))
    return done.stdout[1:]


def _refuse_size() -> NotExportable:
    return NotExportable(
        "Writing the model as ONNX took too much time or memory.", "Export its weights as safetensors or npz."
    )
