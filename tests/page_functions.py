"""Exported functions of the page, called in Node."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[1] / "page"

CALL = """
import { build } from "esbuild";
const [source, name, text] = process.argv.slice(1);
const built = await build({ entryPoints: [source], bundle: true, format: "esm", platform: "node", write: false });
const module = await import("data:text/javascript;base64," + Buffer.from(built.outputFiles[0].text).toString("base64"));
console.log(JSON.stringify(JSON.parse(text).map((values) => module[name](...values) ?? null)));
"""


def call(source: str, name: str, *calls: list[Any]) -> list[Any]:
    """What an exported function of `src/<source>` gives for each list of arguments; skips without Node."""
    if not (shutil.which("node") and (PAGE / "node_modules/.ready").exists()):
        pytest.skip("needs node, and: make dev")
    command = ["node", "--input-type=module", "--eval", CALL, "--", f"./src/{source}", name, json.dumps(calls)]
    found = subprocess.run(command, cwd=PAGE, check=True, capture_output=True, text=True)
    results: list[Any] = json.loads(found.stdout)
    return results
