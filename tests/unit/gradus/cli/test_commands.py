"""Commands against a scripted server: what they print, and their exit status."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl

import numpy as np
import pytest

from gradus.cli import app
from tests.unit.gradus.scripted_server import Answer, ReceivedRequest, ScriptedServer, server
from tests.unit.gradus.test_events import STREAM, event
from tests.unit.gradus.test_generations import TEXT as GENERATED_PIECES
from tests.unit.gradus.test_generations import WHOLE as GENERATED
from tests.unit.gradus.test_jobs import split_server
from tests.unit.gradus.test_transport import DATASET, job

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
            "targets": ["price"],
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
    assert f"{folder} has no pictures in it" in run(*command, folder)
    assert f"{fifo} is not a regular file" in run(*command, fifo)


def upload_server(server: ScriptedServer) -> list[ReceivedRequest]:
    """The uploads to a server that has a dataset already, and no job."""
    uploads: list[ReceivedRequest] = []

    def answer(request: ReceivedRequest) -> Answer:
        if request.method == "POST" and request.path.startswith("/v1/datasets?"):
            uploads.append(request)
            return Answer(200, DATASET)
        return Answer(404, {"type": "/problems/not-found", "title": "x", "status": 404, "detail": "There is no job."})

    server.script = answer
    return uploads


def test_a_column_of_texts_is_told_by_its_words(run: Run, server: ScriptedServer) -> None:
    text = {
        "name": "message",
        "type": "text",
        "missing": 0,
        "distinct": 5000,
        "text": {
            "characters": 451_000,
            "words": 87_265,
            "top": [{"value": word, "count": 9} for word in ["to", "you", "I", "a"]],
        },
    }
    body = {**DATASET, "rows": 5574, "columns": [text], "issue_counts": {"error": 0, "warning": 0}}
    server.script = lambda _: Answer(body=body)
    assert "87,265 words, 451,000 characters; most frequent: to 9, you 9, I 9, a 9" in run("dataset", DATASET["id"])


FLAGS = [
    *["--type", "a=text", "--missing-value", "n.d.", "--missing-value", "?", "--decimal", "comma"],
    *["--dates", "month-first", "--header-line", "3", "--encoding", "Shift-JIS", "--sheet", "2"],
]


@pytest.mark.parametrize("command", [["upload"], ["train", "--target", "a"]])
def test_options_of_reading_a_file_are_sent_with_it(
    run: Run, server: ScriptedServer, tmp_path: Path, command: list[str]
) -> None:
    uploads = upload_server(server)
    (tmp_path / "t.csv").write_text("a\n1\n")
    run(*command, tmp_path / "t.csv", *FLAGS)

    (request,) = uploads
    sent = dict(parse_qsl(request.path.partition("?")[2]))
    assert sent == {
        "name": "t.csv",
        "types": '{"a": "text"}',
        "missing_values": '["n.d.", "?"]',
        "decimal": "comma",
        "dates": "month_first",
        "header_line": "3",
        "encoding": "Shift-JIS",
        "sheet": "2",
        "reuse": "true",
    }


@pytest.mark.parametrize("command", [["upload"], ["train", "--target", "a"]])
def test_a_file_is_sent_once_and_no_other_dataset_asked_for(
    run: Run, server: ScriptedServer, tmp_path: Path, command: list[str]
) -> None:
    uploads = upload_server(server)
    (tmp_path / "t.csv").write_text("a\n1\n")
    printed = run(*command, tmp_path / "t.csv")

    assert str(DATASET["id"]) in printed
    assert [dict(parse_qsl(request.path.partition("?")[2])) for request in uploads] == [
        {"name": "t.csv", "reuse": "true"}
    ]
    assert not [request for request in server.requests if request.method == "GET"]


@pytest.mark.parametrize(("options", "part"), [([], None), (["--part", "test"], "test")])
def test_the_split_of_a_job_is_printed_as_csv(
    run: Run, server: ScriptedServer, options: list[str], part: str | None
) -> None:
    split_server(server)
    rows = ["1,2,train", "2,,test", "3,5,left_out"]
    printed = run("split", "job_1", *options)
    assert printed.splitlines() == ["row,line,part", *(row for row in rows if part is None or row.endswith(part))]


def test_options_of_reading_a_file_need_a_file(run: Run, server: ScriptedServer) -> None:
    upload_server(server)
    printed = run("train", "t.csv", "--target", "a", "--decimal", "comma", "--type", "a=text")
    assert printed == "gradus: t.csv is no file here, and only a file is uploaded with --type, --decimal.\n"


PREDICTED = b'value,warnings\n120.5,\n,"sqft: must be a number; garden: must be true or false"\n90,area: is new\n,""\n'


def test_skipped_rows_of_a_file_are_listed_beside_the_predictions(
    run: Run, server: ScriptedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.script = lambda _: Answer(body=PREDICTED)
    rows, out = tmp_path / "rows.csv", tmp_path / "out.csv"
    rows.write_text("sqft,garden\n1,yes\nx,2\n2,no\nx,yes\n")
    listed = "row 2: sqft: must be a number; garden: must be true or false\nrow 4: has a cell that cannot be read\n"
    options = ["predict", "houses", "--csv", rows, "--unknown", "ignore", "--bad-rows", "skip"]

    assert run(*options) == PREDICTED.decode() + listed
    assert run(*options, "--out", out) == f"{out}: 2 predictions, 2 rows skipped\n{listed}"
    assert out.read_bytes() == PREDICTED
    assert [request.path for request in server.requests] == [
        "/v1/models/houses/predict?unknown=ignore&bad_rows=skip"
    ] * 2


def test_the_last_cells_of_other_predictions_are_no_reasons(run: Run, server: ScriptedServer, tmp_path: Path) -> None:
    server.script = lambda _: Answer(body=PREDICTED)
    (tmp_path / "rows.csv").write_text("sqft\n1\n")
    assert run("predict", "houses", "--csv", tmp_path / "rows.csv") == PREDICTED.decode()
    assert server.requests[0].path == "/v1/models/houses/predict"


def test_columns_to_ignore_are_advised_as_an_option(run: Run, server: ScriptedServer) -> None:
    detail = "is not an input of the model; leave it out, or pass over such columns by ?unknown=ignore"
    fault = {"pointer": "#/rows/0/floor", "detail": detail, "code": "unknown_column"}
    refused = {"title": "x", "status": 422, "detail": f"#/rows/0/floor {detail}.", "errors": [fault]}
    server.script = lambda _: Answer(422, refused)
    printed = run("predict", "houses", "floor=3")
    assert printed.endswith("pass over such columns by --unknown ignore.\n")


def test_a_row_to_explain_is_sent_as_it_was_typed(run: Run, server: ScriptedServer) -> None:
    parts = [{"column": "sqft", "value": 1200.5, "contribution": 3.0}]
    one = {
        "target": "price",
        "predicted": 5.0,
        "output": 5.0,
        "baseline_output": 2.0,
        "contributions": parts,
        "misses_by": 0.0,
        "label": None,
    }
    server.script = lambda _: Answer(body={"model_id": "mdl_1", "name": "houses", "version": 1, "explanations": [one]})
    printed = run("explain", "houses", "--row", "sqft=1.200,5", "zip=01234", "year=1e3")

    (request,) = server.requests
    assert json.loads(request.body) == {"rows": [{"sqft": "1.200,5", "zip": "01234", "year": "1e3"}]}
    assert "sqft" in printed


SCORES = [0.5, 0.75, 1.0]


def folds_server(server: ScriptedServer) -> list[dict[str, object]]:
    """The bodies of the jobs that are created; each succeeds, with the accuracy of its fold."""
    bodies: list[dict[str, object]] = []

    def answer(request: ReceivedRequest) -> Answer:
        if request.path == "/v1/jobs":
            bodies.append(json.loads(request.body))
        fold = int(request.path[-1]) if request.path[-1].isdecimal() else len(bodies) - 1
        if request.path.startswith("/v1/datasets"):
            return Answer(body=DATASET)
        if request.path.startswith("/v1/models"):
            score = {"validation": {"accuracy": SCORES[fold], "auc": None}}
            return Answer(body={**cast("dict[str, object]", model(fold + 1).body), "metrics": score})
        spec = {
            "dataset_id": DATASET["id"],
            "target": "price",
            "task": "classification",
            "split": bodies[fold]["split"],
        }
        done = job("succeeded", 3) | {"id": f"job_{fold}", "model_id": f"mdl_{fold}", "spec": spec}
        if request.path.endswith("/events"):
            return Answer(body=event("1", "end", done), headers=STREAM)
        return Answer(202, done)

    server.script = answer
    return bodies


def test_all_folds_are_trained_and_their_scores_printed_with_mean_and_spread(run: Run, server: ScriptedServer) -> None:
    bodies = folds_server(server)
    printed = run("train", "ds_1", "--target", "price", "--folds", 3, "--test", 0.1)

    assert [body["split"] for body in bodies] == [{"test": 0.1, "folds": 3, "fold": fold} for fold in range(3)]
    lines = [line.split() for line in printed.splitlines()]
    assert lines[1:6] == [
        ["0", "houses:1", "0.5", "-"],
        ["1", "houses:2", "0.75", "-"],
        ["2", "houses:3", "1", "-"],
        ["mean", "0.75", "-"],
        ["standard", "deviation", f"{np.std(SCORES, ddof=1):.4g}", "-"],
    ]
    bodies.clear()
    summary = json.loads(run("train", "ds_1", "--target", "price", "--folds", 3, "--json"))
    assert summary["mean"] == {"accuracy": 0.75, "auc": None}
    assert [fold["metrics"]["accuracy"] for fold in summary["folds"]] == SCORES


def test_one_fold_is_one_job(run: Run, server: ScriptedServer) -> None:
    bodies = folds_server(server)
    run("train", "ds_1", "--target", "price", "--folds", 3, "--fold", 0, "--detach")
    assert [body["split"] for body in bodies] == [{"folds": 3, "fold": 0}]


def test_recommendations_are_printed_with_their_reasons(run: Run, server: ScriptedServer) -> None:
    why = [{"item": "The Sword", "similarity": 0.8}, {"item": "The Oracle", "similarity": 0.5}]
    items = [{"item": "The Dragon", "score": 4.5, "reasons": why}]
    about = {"model_id": "mdl_1", "name": "books", "version": 1}
    body = {"object": "recommendations", **about, "items": items, "warnings": ["'x' is no item of the training rows."]}
    server.script = lambda _: Answer(body=body)
    printed = run("recommend", "books", "--liked", 'The Sword,"Moby-Dick, or the Whale",x', "--limit", 3)
    assert "The Dragon  4.5    The Sword, The Oracle" in printed
    assert "note: 'x' is no item" in printed
    asked = json.loads(server.requests[0].body)
    assert (server.requests[0].path, asked["limit"]) == ("/v1/models/books/recommend", 3)
    assert asked["liked"] == ["The Sword", "Moby-Dick, or the Whale", "x"]
    assert not {"user", "user_columns"} & set(asked)


def test_somebody_new_is_described_by_columns(run: Run, server: ScriptedServer) -> None:
    about = {"model_id": "mdl_1", "name": "books", "version": 1, "items": [], "warnings": []}
    server.script = lambda _: Answer(body={"object": "recommendations", **about})
    run("recommend", "books", "--user-column", "age=35", "--user-column", "town=Bad=Ems")
    asked = json.loads(server.requests[0].body)
    assert asked["user_columns"] == {"age": "35", "town": "Bad=Ems"}
    assert not {"user", "liked"} & set(asked)
    assert "COLUMN=VALUE" in run("recommend", "books", "--user-column", "age")


def test_one_of_user_and_liked_is_asked_for(run: Run) -> None:
    assert "either a user" in run("recommend", "books")


def test_similar_items_are_printed(run: Run, server: ScriptedServer) -> None:
    about = {"model_id": "mdl_1", "name": "books", "version": 1, "item": "The Sword"}
    items = [{"item": "The Dragon", "similarity": 0.75}]
    server.script = lambda _: Answer(body={"object": "similar_items", **about, "items": items})
    assert "The Dragon  0.75" in run("similar", "books", "The Sword")
    assert server.requests[0].path == "/v1/models/books/similar?item=The+Sword&limit=10"


def test_a_recommendation_needs_no_target(run: Run, server: ScriptedServer) -> None:
    refused = {"type": "/problems/invalid", "title": "x", "status": 422, "detail": "No.", "errors": []}
    server.script = lambda request: Answer(body=DATASET) if request.method == "GET" else Answer(422, refused)
    run("train", "ds_1", "--user", "reader", "--item", "book")
    asked = json.loads(server.requests[-1].body)
    assert (asked["task"], asked["user"], asked["item"]) == ("recommendation", "reader", "book")
    assert "target" not in asked


def test_pictures_are_predicted_one_by_one(run: Run, server: ScriptedServer, tmp_path: Path) -> None:
    cat, dog = tmp_path / "cat.jpg", tmp_path / "dog.png"
    cat.write_bytes(b"picture of a cat")
    dog.write_bytes(b"picture of a dog")
    labels = [{"label": label, "probabilities": {label: 1.0}} for label in ("cat", "dog")]
    server.script = lambda _: Answer(
        body={"model_id": "mdl_1", "name": "animals", "version": 1, "predictions": labels, "warnings": []}
    )

    printed = run("predict", "animals", cat, dog)

    assert printed == f"{cat}:\ncat\n  100.0%  cat\n{dog}:\ndog\n  100.0%  dog\n"
    (request,) = server.requests
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert request.body.index(b"picture of a cat") < request.body.index(b"picture of a dog")


def test_the_saliency_map_of_a_picture_is_written_to_a_file(run: Run, server: ScriptedServer, tmp_path: Path) -> None:
    cat, out = tmp_path / "cat.jpg", tmp_path / "why.png"
    cat.write_bytes(b"picture of a cat")
    server.script = lambda _: Answer(body=b"map")

    assert "--out FILE.png" in run("explain", "animals", cat)
    assert str(out) in run("explain", "animals", cat, "--label", "dog", "--out", out)

    (request,) = server.requests
    assert (request.path, request.headers["Accept"]) == ("/v1/models/animals/explain?label=dog", "image/png")
    assert b"picture of a cat" in request.body
    assert out.read_bytes() == b"map"


def test_a_folder_to_predict_is_told_from_a_cell(run: Run, tmp_path: Path) -> None:
    assert "--csv FILE" not in run("predict", "animals", "cat")
    assert "is a folder: name its pictures" in run("predict", "animals", tmp_path)
    (tmp_path / "a.heic").touch()
    assert "no picture that is read: JPEG" in run("predict", "animals", tmp_path / "a.heic")


def test_the_folders_of_pictures_are_the_target(run: Run, server: ScriptedServer, tmp_path: Path) -> None:
    for label in ("cat", "dog"):
        (tmp_path / "photos" / label).mkdir(parents=True)
        (tmp_path / "photos" / label / "1.png").write_bytes(b"x")
    columns = [{"name": "image", "type": "image", "missing": 0}, {"name": "label", "type": "categorical", "missing": 0}]

    def answer(request: ReceivedRequest) -> Answer:
        if request.path.startswith("/v1/datasets?"):
            return Answer(200, {**DATASET, "columns": columns})
        return Answer(202, job("queued"))

    server.script = answer
    run("train", tmp_path / "photos", "--detach", "--json")

    upload, submitted = server.requests
    assert (upload.headers["Content-Type"], upload.path) == ("application/zip", "/v1/datasets?name=photos&reuse=true")
    assert upload.body.startswith(b"PK")
    assert json.loads(submitted.body)["target"] == "label"


def test_a_text_is_printed_as_it_comes(run: Run, server: ScriptedServer) -> None:
    server.script = lambda _: Answer(200, GENERATED, STREAM)
    options = ["--max-tokens", 9, "--temperature", 0.5, "--top-k", 3, "--top-p", 0.9, "--seed", 7, "--stop", "\n"]
    assert run("generate", "plays", "a", *options) == "über\n\n"
    assert json.loads(server.requests[0].body) == {
        "prompt": "a",
        "max_tokens": 9,
        "temperature": 0.5,
        "top_k": 3,
        "top_p": 0.9,
        "seed": 7,
        "stop": ["\n"],
    }
    assert json.loads(run("generate", "plays", "--json"))["finish_reason"] == "stop"


def test_a_text_that_breaks_off_is_an_error(run: Run, server: ScriptedServer) -> None:
    server.script = lambda _: Answer(200, GENERATED_PIECES, STREAM)
    assert "ended the text before its end" in run("generate", "plays")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--text"], {"task": "language", "text": "text"}),
        (["--task", "language", "--target", "review"], {"task": "language", "text": "review"}),
    ],
)
def test_a_text_is_learned_from_line_by_line_or_from_a_column(
    run: Run, server: ScriptedServer, tmp_path: Path, arguments: list[str], expected: dict[str, str]
) -> None:
    def answer(request: ReceivedRequest) -> Answer:
        if request.path.startswith("/v1/datasets"):
            return Answer(200, DATASET)
        return Answer(202, job(spec={"dataset_id": DATASET["id"], "model_name": "t", **expected}))

    server.script = answer
    (tmp_path / "t.txt").write_text("a\nb\n")
    printed = run("train", tmp_path / "t.txt", *arguments, "--detach")
    assert f"language: learns to write from '{expected['text']}'" in printed
    (upload,) = [each for each in server.requests if each.path.startswith("/v1/datasets?")]
    (asked,) = [each for each in server.requests if each.path == "/v1/jobs"]
    assert upload.headers["Content-Type"] == ("text/markdown" if arguments == ["--text"] else "text/csv")
    assert {**json.loads(asked.body), "dataset_id": None} == {**expected, "dataset_id": None}
