"""Runs cells of a notebook in a real kernel, and prints as JSON what each of them shows, in order.

    notebook.py CELL CELL …

An output is a mapping from media types to what is shown, with `update` if it takes the place of an earlier one; that of
a cell that failed is its `error`.
"""

import json
import sys
from typing import Any

from jupyter_client.manager import start_new_kernel

SECONDS = 120


def run_cell(client: Any, code: str) -> list[dict[str, Any]]:
    """What a cell shows."""
    shown: list[dict[str, Any]] = []

    def collect(message: dict[str, Any]) -> None:
        content = message["content"]
        match message["msg_type"]:
            case "display_data" | "execute_result":
                shown.append(content["data"])
            case "update_display_data":
                shown.append({**content["data"], "update": True})
            case "stream":
                shown.append({content["name"]: content["text"]})
            case "error":
                shown.append({"error": "\n".join(content["traceback"])})

    client.execute_interactive(code, output_hook=collect, timeout=SECONDS)
    return shown


manager, client = start_new_kernel()
try:
    print(json.dumps([run_cell(client, code) for code in sys.argv[1:]]))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
