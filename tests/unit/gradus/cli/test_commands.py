"""Commands against a scripted server: what they print, and their exit status."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gradus.cli import app
from tests.unit.gradus.scripted_server import Answer, ReceivedRequest, ScriptedServer, server
from tests.unit.gradus.test_transport import DATASET

__all__ = ["server"]

Run = Callable[..., str]


@pytest.fixture
def run(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("GRADUS_URL", server.url)

    def run(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["gradus", *map(str, arguments)])
        with pytest.raises(SystemExit):
            app()
        printed = capsys.readouterr()
        return printed.out + printed.err

    return run


def model(version: int) -> Answer:
    return Answer(
        body={
            "id": f"mdl_{version}",
            "name": "houses",
            "version": version,
            "aliases": [],
            "job_id": "job_1",
            "dataset_id": "ds_1",
            "task": "regression",
            "target": "price",
            "inputs": [],
            "parameters": 1,
            "weights_sha256": "00",
            "dataset_sha256": "00",
            "metrics": {},
            "created_at": "2026-11-22T10:00:00Z",
        }
    )


def test_deleting_a_name_says_which_version_is_deleted_and_which_is_left(run: Run, server: ScriptedServer) -> None:
    left = [3, 2]

    def answer(request: ReceivedRequest) -> Answer:
        if request.method == "GET":
            return model(left[0])
        assert request.path == f"/v1/models/mdl_{left.pop(0)}"
        return Answer(204)

    server.script = answer
    assert run("delete", "houses") == "houses:3 is deleted; houses:2 is the newest now.\n"


def test_a_number_that_is_none_is_named_by_its_option(run: Run, server: ScriptedServer, tmp_path: Path) -> None:
    server.script = lambda _: Answer(body=DATASET)
    printed = run("train", "ds_1", "--target", "x", "--learning-rate", "nan")
    assert printed == "gradus: --learning-rate: must be a finite number, not nan.\n"
    spec = tmp_path / "spec.json"
    spec.write_text('{"weight_decay": Infinity}')
    printed = run("train", "ds_1", "--target", "x", "--spec", spec)
    assert printed == "gradus: --weight-decay: must be a finite number, not inf.\n"


def test_a_path_that_cannot_be_written_is_named(run: Run, server: ScriptedServer, tmp_path: Path) -> None:
    server.script = lambda _: Answer(body=b"price\n1\n")
    rows = tmp_path / "rows.csv"
    rows.write_text("a\n1\n")
    out = tmp_path / "missing" / "x.csv"
    printed = run("predict", "houses", "--csv", rows, "--out", out)
    assert printed.startswith(f"gradus: {out}: No such file or directory.\n")


@pytest.mark.parametrize("command", [["upload"], ["train", "--target", "x"]])
def test_what_is_there_but_no_file_is_called_what_it_is(run: Run, tmp_path: Path, command: list[str]) -> None:
    folder, fifo = tmp_path / "d.csv", tmp_path / "f.csv"
    folder.mkdir()
    os.mkfifo(fifo)
    assert f"{folder} is a folder" in run(*command, folder)
    assert f"{fifo} is not a regular file" in run(*command, fifo)
