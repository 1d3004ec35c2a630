"""`python -m service.models.graph_writer`: a process that writes one model as ONNX, within limits of memory and time.

An argument names the file of the net that makes features of pictures, if an operator named one. It reads a line of
JSON, texts about the model, and then the model's bytes; and writes a byte, and then the file or, if that byte is
REFUSED, a detail and an advice in JSON.
"""

import json
import sys
from pathlib import Path
from typing import Final

from learning.errors import LearningError
from learning.export.onnx.file import write_onnx
from learning.model import Model
from process.cores import limit_processor_seconds
from process.memory import limit_memory
from tables import find_feature_graph, use_net_file

WRITTEN: Final = b"w"
REFUSED: Final = b"r"
MAX_MEMORY_BYTES: Final = 3 * 2**29
"""Six times the largest model, and what the packages take."""
MAX_SECONDS: Final = 60


def main() -> None:
    """Write the model that standard input has."""
    limit_memory(MAX_MEMORY_BYTES)
    limit_processor_seconds(MAX_SECONDS)
    use_net_file(Path(sys.argv[1]) if sys.argv[1:] else None)
    about, model = json.loads(sys.stdin.buffer.readline()), Model.from_bytes(sys.stdin.buffer.read())
    try:
        sys.stdout.buffer.write(WRITTEN + write_onnx(model, about, find_feature_graph(model.inputs)))
    except LearningError as refusal:
        sys.stdout.buffer.write(REFUSED + json.dumps([refusal.detail, refusal.advice]).encode())


if __name__ == "__main__":
    main()
