"""The docs: every setting, route, command, metric and log event is documented, and links resolve."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import typer.main

from contract.settings import Settings
from contract.specs import UploadOptions
from gradus.cli.commands import commands as cli
from learning.insight.diagnosis.findings import FindingCode
from migrations import upgrade
from service.app import create_app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
OPERATING = (ROOT / "docs" / "operating.md").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")])


def click_commands() -> set[str]:
    return set(typer.main.get_group(cli).commands)


def option_flags(command: str) -> list[str]:
    return [
        flag for option in typer.main.get_group(cli).commands[command].params for flag in option.opts if "--" in flag
    ]


def test_every_setting_stands_in_the_readme_with_its_default_and_meaning() -> None:
    stands = re.findall(r"^\| `GRADUS_(\w+)` \| (.*?) \| (.*) \|$", README, re.MULTILINE)
    assert {name.lower() for name, _, _ in stands} == set(Settings.model_fields)
    for name, default, meaning in stands:
        field = Settings.model_fields[name.lower()]
        assert meaning == field.description
        if field.default_factory is None:
            assert default == (f"`{field.default}`" if str(field.default) else "empty")


def test_every_command_stands_in_the_readme() -> None:
    commands = click_commands()
    assert commands
    for command in commands:
        assert f"`gradus {command}" in README, command


def test_the_readme_names_no_command_that_is_not_there() -> None:
    commands = click_commands()
    assert set(re.findall(r"(?:^|`)gradus ([a-z]+)", README, re.MULTILINE)) <= commands


def test_every_option_of_an_upload_stands_in_the_readme_with_its_flag() -> None:
    stands = re.findall(r"^\| `(\w+)` \| `(--[a-z-]+) .*?` \|", README, re.MULTILINE)
    assert {name for name, _ in stands} == {"types", *UploadOptions.model_fields}
    assert {flag for _, flag in stands} <= set(option_flags("train"))
    assert {flag for _, flag in stands} == set(option_flags("upload")) - {"--name", "--text", "--json", "--help"}


def test_every_route_in_the_readme_is_one_of_the_api() -> None:
    paths = json.loads((ROOT / "docs/openapi.json").read_text())["paths"]
    patterns = [re.compile(re.sub(r"\\{\w+\\}", "[^/?]+", re.escape(path))) for path in paths]
    named = re.findall(r"(?:8000|GET |POST )(/v1/[^\s'\"`?]+)", README)
    assert len(named) > 8
    for path in named:
        assert any(pattern.fullmatch(path) for pattern in patterns), path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_leads_nowhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_every_target_of_make_has_a_line_of_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    for target in phony[1].split():
        assert re.search(rf"^{target}:.*## \w", makefile, re.MULTILINE), target


def rows_of(chapter: str) -> Iterator[str]:
    """The first cells of all tables in a chapter of the page for operators."""
    text = OPERATING.partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]
    yield from re.findall(r"^\| (`.*?`) \| ", text, re.MULTILINE)


def test_every_figure_is_described_and_every_one_described_is_there(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'gradus.sqlite'}")
    upgrade.apply_migrations(settings.database)
    app = create_app(settings)
    text = app.test_client().get("/metrics").get_data(as_text=True)
    app.extensions["services"].sessions.kw["bind"].dispose()

    shown = re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE)

    assert len(shown) == len(set(shown)) > 10
    assert {f"`{name}`" for name in shown} == set(rows_of("Metrics"))


def events(room: str, *names: str) -> set[str]:
    """The plain texts in the calls by which a room writes to the log."""
    found = set[str]()
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(attr=name), args=[ast.Constant(value=str(event)), *_]) if (
                    name in names
                ):
                    found.add(event)
    return found


def test_every_event_in_the_log_is_described_and_every_one_described_is_there() -> None:
    levels = ("debug", "info", "warning", "error", "critical")
    logged = set.union(*(events(room, *levels) for room in ("process", "store", "service", "worker")))
    logged |= events("gradus/launcher", "write_note")
    endings = {"succeeded", "failed", "ready"}  # of a job or dataset, by its new state

    described = {event for cell in rows_of("Logs") for event in re.findall("`(.*?)`", cell) if "…" not in event}

    assert len(logged) > 20
    assert logged | endings == described


def test_every_setting_that_the_page_for_operators_names_is_one() -> None:
    settings = set(Settings.model_fields)
    of_containers = {name.lower() for name in re.findall(r"\$\{GRADUS_([A-Z0-9_]+):-", COMPOSE)}
    assert {name.lower() for name in re.findall(r"GRADUS_([A-Z0-9_]+)", OPERATING)} <= settings | of_containers


def test_every_variable_of_the_containers_is_described_with_its_default() -> None:
    described = re.findall(r"^\| `GRADUS_(\w+)` \| `(\S+)` \|", OPERATING, re.MULTILINE)
    assert sorted(described) == sorted(re.findall(r"\$\{GRADUS_([A-Z0-9_]+):-([^}]+)\}", COMPOSE))


def test_everything_that_a_diagnosis_may_find_is_described_and_nothing_else() -> None:
    described = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/diagnosis.md").read_text(), re.MULTILINE)
    assert described == list(get_args(FindingCode))
