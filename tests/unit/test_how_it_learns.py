"""docs/how-it-learns.md: its code prints the output shown, and the names in it exist."""

import ast
import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-it-learns.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```\n+```text\n(.*?)```", PAGE, re.DOTALL)


def names_in(module: Path) -> set[str]:
    """The classes and functions of a module, and the methods of its classes as Class.method."""
    names: set[str] = set()
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
    return names


def test_every_code_block_prints_the_output_below_it() -> None:
    assert len(BLOCKS) == PAGE.count("```python") > 10
    namespace: dict[str, object] = {}
    for code, expected in BLOCKS:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, namespace)
        assert printed.getvalue() == expected, code


def test_every_class_and_function_named_exists() -> None:
    everything = set[str]().union(*(names_in(module) for module in (ROOT / "learning").rglob("*.py")))
    text = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    named = re.findall(r"`([A-Z]\w+(?:\.\w+)?|[a-z_]+(?=` \())`?", text)
    assert len(named) > 30
    assert set(named) - everything == set()


@pytest.mark.parametrize("module", sorted(set(re.findall(r"`(learning/[\w/]+\.py)`", PAGE))))
def test_every_module_is_named_beside_a_name_defined_in_it(module: str) -> None:
    names = names_in(ROOT / module)
    paragraphs = [part for part in PAGE.split("\n\n") if f"`{module}`" in part]
    assert all(set(re.findall(r"`([\w.]+)`", paragraph)) & names for paragraph in paragraphs)
