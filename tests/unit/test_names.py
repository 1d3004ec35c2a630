"""Naming rules: bounds are MAX_ or MIN_, functions are not lone participles, docstrings begin with text."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (
    *("process", "learning", "tables", "contract", "store", "service", "worker", "gradus"),
    *("migrations", "tests", "benchmarks"),
)
BOUND = re.compile(r"(^|_)(MOST|FEWEST|LEAST|LONGEST|SHORTEST|LARGEST|SMALLEST)(_|$)")
PARTICIPLE = re.compile(
    r"[a-z]+(ed|ing)|begun|broken|built|caught|chosen|done|drawn|driven|fallen|found|frozen|given|gone|grown|heard|held"
    r"|hidden|kept|known|left|lost|made|meant|met|paid|said|seen|sent|shown|spent|spoken|taken|thrown|told|torn|won|worn"
    r"|written"
)
ALLOWED = frozenset(
    [
        *("bring", "succeed"),  # verbs
        *("encoding", "training"),  # nouns
        *("diverging", "overfitting", "underfitting"),  # rules of a diagnosis, under the name of what they detect
        *("running", "sorted", "stacked", "stored"),  # a view of the object before the dot, or of an argument
    ]
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def parse_sources() -> dict[str, ast.Module]:
    """The syntax trees of all modules, by path."""
    paths = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in paths}


def find_bounds(tree: ast.AST) -> Iterator[str]:
    """Constants that name a bound by a superlative."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and BOUND.search(node.id):
            yield f"{node.id} in line {node.lineno}"


def find_participles(tree: ast.AST) -> Iterator[str]:
    """Functions whose whole name is a participle."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            word = node.name.strip("_")
            if word not in ALLOWED and PARTICIPLE.fullmatch(word):
                yield f"{node.name} in line {node.lineno}"


def find_empty_summaries(tree: ast.AST) -> Iterator[str]:
    """Docstrings whose first line is empty."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | Function):
            text = ast.get_docstring(node, clean=False)
            if text is not None and not text.partition("\n")[0].strip():
                yield f"{getattr(node, 'name', 'the module')}"


RULES = [find_bounds, find_participles, find_empty_summaries]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_source_keeps_the_naming_rules(rule):
    found = {path: names for path, tree in parse_sources().items() if (names := list(rule(tree)))}

    assert len(parse_sources()) > 100
    assert found == {}


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (find_bounds, "MOST_ROWS = 3"),
        (find_bounds, "class Page:\n    ROWS_AT_MOST: int = 3"),
        (find_participles, "def asked(): ..."),
        (find_participles, "class Job:\n    async def _kept(self): ..."),
        (find_empty_summaries, 'def load():\n    """\n    Loads.\n    """'),
        (find_empty_summaries, '""""""'),
    ],
)
def test_each_naming_rule_finds_a_violation(rule, source):
    assert len(list(rule(ast.parse(source)))) == 1


def test_names_within_the_rules_are_accepted():
    source = '"""A module."""\nMAX_ROWS = 3\nalmost = 1\ndef read_rows():\n    """Rows."""\ndef succeed(): ...'

    assert [list(rule(ast.parse(source))) for rule in RULES] == [[], [], []]
