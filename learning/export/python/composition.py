"""Composition of one Python file from modules: their sources one after the other, each after those that it imports.

Imports of the standard library stand once at the top, and those among the modules are left out, as all is in one place.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Final

MAX_LINE: Final = 100


@dataclass(frozen=True)
class ModuleSource:
    """The source of a module.

    Attributes:
        name: Its name.
        imports: The names of those of our modules that it imports.
        outer: Its imports of the standard library: a module and a name, or "" and a module.
        body: Its text without its docstring and without both.
        names: What it defines.
    """

    name: str
    imports: tuple[str, ...]
    outer: tuple[tuple[str, str], ...]
    body: str
    names: tuple[str, ...]

    @classmethod
    def read(cls, name: str, rooms: Sequence[str]) -> "ModuleSource":
        """The source of a module; those of `rooms` are ours."""
        text = _read_source(name)
        lines, tree = text.splitlines(), ast.parse(text)
        inner, outer, removed, names = list[str](), list[tuple[str, str]](), set[int](), list[str]()
        for number, node in enumerate(tree.body):
            is_ours = isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in rooms
            if isinstance(node, ast.ImportFrom) and is_ours:
                inner.append(node.module or "")
            elif isinstance(node, ast.Import | ast.ImportFrom):
                module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
                outer += [(module, ast.unparse(alias)) for alias in node.names]
            elif number or not _is_docstring(node):
                names += _list_names(node)
                continue
            removed |= set(range(node.lineno - 1, node.end_lineno or node.lineno))
        body = "\n".join([line for number, line in enumerate(lines) if number not in removed]).strip("\n")
        return cls(name, tuple(inner), tuple(outer), body, tuple(names))


def collect_modules(entries: Iterable[ModuleType], rooms: Sequence[str]) -> list[ModuleSource]:
    """Modules and what they import of our rooms, each after what it imports.

    Raises:
        ValueError: two of them define the same name.
    """
    found: dict[str, ModuleSource] = {}

    def collect(name: str) -> None:
        if name not in found:
            source = ModuleSource.read(name, rooms)
            for each in source.imports:
                collect(each)
            found[name] = source

    for entry in entries:
        collect(entry.__name__)
    counts = Counter(name for source in found.values() for name in source.names)
    if twice := [name for name, count in counts.items() if count > 1]:
        raise ValueError(f"several modules define {', '.join(twice)}")
    return list(found.values())


def join_sources(sources: Sequence[ModuleSource]) -> str:
    """The imports of all sources, each module's once, and then these."""
    names: dict[str, set[str]] = {}
    for module, name in {each for source in sources for each in source.outer}:
        names.setdefault(module, set()).add(name)
    lines = [
        f"from {module} import {', '.join(sorted(names[module]))}" if module else f"import {name}"
        for module in sorted(names)
        for name in (sorted(names[module]) if not module else [""])
    ]
    return "\n".join(lines) + "".join([f"\n\n\n{source.body}" for source in sources]) + "\n"


def write_text(name: str, text: str) -> Iterator[str]:
    """An assignment of a text to a name, in short lines of ASCII, whatever the text holds."""
    yield f"{name} = (\n"
    for start in range(0, len(text), MAX_LINE):
        yield f"    {text[start : start + MAX_LINE]!a}\n"
    yield '    ""\n)\n'


def _read_source(name: str) -> str:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ValueError(f"the source of {name} is not there")
    return Path(spec.origin).read_text(encoding="utf-8")


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _list_names(node: ast.stmt) -> list[str]:
    """The names that a statement of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]
