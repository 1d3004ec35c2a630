"""The command line end to end: commands, their output, and their exit status on errors."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from contract.responses import EpochResponse
from gradus import Client
from gradus.cli import app
from tests.e2e.installation import EXAMPLES, GRADUS, Installation, environment


class Ran(NamedTuple):
    """The output of a command."""

    stdout: str
    stderr: str


Gradus = Callable[..., Ran]


@pytest.fixture
def gradus(
    server: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Gradus:
    """The command as the installed script calls it, without starting an interpreter each time.

    It trains one net, which is quick, unless a test says otherwise.
    """
    monkeypatch.setenv("GRADUS_URL", server.url)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, status: int = 0) -> Ran:
        is_open = arguments[0] == "train" and not {"--preset", "--help"} & set(arguments)
        preset = ("--preset", "fast") if is_open else ()
        monkeypatch.setattr(sys, "argv", ["gradus", *map(str, arguments), *preset])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            app()
        ran = Ran(*capfd.readouterr())
        assert (left.value.code or 0) == status, ran.stdout + ran.stderr
        return ran

    return run


def test_the_installed_command_needs_a_file_and_a_column_and_nothing_else(server: Installation, tmp_path: Path) -> None:
    command = [GRADUS, "train", EXAMPLES / "penguins.csv", "--target", "species", "--name", "installed"]
    ran = subprocess.run(
        command, capture_output=True, text=True, env=environment(GRADUS_URL=server.url), cwd=tmp_path, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "installed:1" in ran.stdout


def test_a_table_is_uploaded_trained_on_inspected_and_predicted_from(gradus: Gradus, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"  # other bytes than those that other tests of this server know by their own name
    table.write_bytes((EXAMPLES / "penguins.csv").read_bytes().replace(b"\n", b"\r\n"))
    uploaded = gradus("upload", table, "--name", "birds.csv", "--type", "year=categorical").stdout
    assert "344 rows, 8 columns" in uploaded
    assert "Adelie 152, Gentoo 124, Chinstrap 68" in uploaded
    (year,) = (line for line in uploaded.splitlines() if line.startswith("year "))
    assert year.split()[1] == "categorical"

    trained = gradus("train", "birds.csv", "--target", "species", "--epochs", "30", "--layers", "32,16", "--seed", "3")
    assert "epoch 30/30" in trained.stderr
    assert "birds:1" in trained.stdout
    assert "accuracy" in trained.stdout
    following = trained.stdout.splitlines()[-1].removeprefix("next:  gradus ")

    predicted = gradus(*following.replace("'", "").split()).stdout
    assert predicted.split()[0] in {"Adelie", "Gentoo", "Chinstrap"}
    assert "%" in predicted

    folds = ("--folds", "3", "--epochs", "2", "--name", "crossed")
    crossed = json.loads(gradus("train", "birds.csv", "--target", "species", *folds, "--json").stdout)
    jobs = [fold["job_id"] for fold in crossed["folds"]]
    held_out = [gradus("split", job, "--part", "validation").stdout.splitlines()[1:] for job in jobs]
    assert sorted(int(row.split(",")[0]) for rows in held_out for row in rows) == list(range(1, 345))
    for job in jobs:
        gradus("delete", "--yes", job)
    for version in (1, 2, 3):
        gradus("delete", "--yes", f"crossed:{version}")

    assert "birds:1" in gradus("models").stdout
    assert "birds:1" in gradus("model", "birds").stdout
    (job,) = (job for job in json.loads(gradus("jobs", "--json").stdout) if job["spec"]["model_name"] == "birds")
    assert job["spec"]["layers"][0]["units"] == 32
    assert job["id"] in gradus("jobs", "--status", "succeeded").stdout
    assert "birds:1" in gradus("job", job["id"]).stdout
    assert "birds:1" in gradus("watch", job["id"]).stdout
    assert job["verdict"] in trained.stdout
    assert job["verdict"] in gradus("diagnose", job["id"]).stdout
    assert json.loads(gradus("diagnose", job["id"], "--json").stdout)["job_id"] == job["id"]
    heading = gradus("report", job["id"]).stdout.splitlines()[0]
    assert heading.startswith("# ")
    assert "species" in heading
    gradus("report", job["id"], "--out", tmp_path / "birds.html")
    assert (tmp_path / "birds.html").read_text().startswith("<!doctype html>")

    rows = tmp_path / "rows.csv"
    rows.write_text("island,bill_length_mm\nBiscoe,47\nDream,NA\n")
    assert len(gradus("predict", "birds", "--csv", rows).stdout.splitlines()) == 3
    gradus("predict", "birds", "--csv", rows, "--out", tmp_path / "out.csv")
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 3
    assert len(json.loads(gradus("predict", "birds", "--csv", rows, "--json").stdout)["predictions"]) == 2

    rows.write_text("island,bill_length_mm,sea\nBiscoe,47,1\nDream,long,2\nDream,NA,3\n")
    refused = gradus("predict", "birds", "--csv", rows, "--bad-rows", "skip", status=1)
    assert "by --unknown ignore" in refused.stderr
    ran = gradus("predict", "birds", "--csv", rows, "--bad-rows", "skip", "--unknown", "ignore")
    assert ran.stderr == "row 2: bill_length_mm: must be a number\n"
    assert [bool(line.split(",")[0]) for line in ran.stdout.splitlines()[1:]] == [True, False, True]
    explained = json.loads(gradus("explain", "birds", "bill_length_mm=47", "year=2007", "--json").stdout)
    values = {part["column"]: part["value"] for part in explained["explanations"][0]["contributions"]}
    assert (values["bill_length_mm"], values["year"]) == (47.0, "2007")

    gradus("delete", "birds:1")
    assert "birds:1" not in gradus("models").stdout


def test_several_nets_become_one_model(gradus: Gradus) -> None:
    typed = ("train", EXAMPLES / "penguins.csv", "--target", "species", "--name", "several")

    ran = gradus(*typed, "--nets", 2, "--epochs", 3, "--patience", 0)
    refused = gradus(*typed, "--nets", 99, status=1)

    assert "2 nets, 6 epochs together" in ran.stdout
    assert "net 2 of 2, epoch 3" in ran.stderr
    assert "--nets: must be less than or equal to 20" in refused.stderr


def test_a_file_is_uploaded_once_however_often_it_is_trained_on(gradus: Gradus, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("a,b\n" + "".join(f"{n},{n * 2}\n" for n in range(60)))
    first = gradus("train", path, "--target", "b", "--epochs", "2")
    again = gradus("train", "mine.csv", "--target", "b", "--epochs", "2")
    (dataset,) = (
        dataset for dataset in json.loads(gradus("datasets", "--json").stdout) if dataset["name"] == "mine.csv"
    )
    assert f"{dataset['id']}  60 rows" in first.stderr
    assert f"{dataset['id']}  60 rows" in again.stderr
    assert json.loads(gradus("upload", "mine.csv", "--json").stdout)["id"] == dataset["id"]
    assert json.loads(gradus("upload", "mine.csv", "--decimal", "comma", "--json").stdout)["id"] != dataset["id"]
    assert "mine:2" in again.stdout


def test_a_job_can_come_from_a_file_and_options_win_over_it(gradus: Gradus, tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    path.write_text("a,b\n" + "".join(f"{n},{n * 3}\n" for n in range(60)))
    spec = {"target": "b", "epochs": 50, "optimizer": {"type": "sgd", "momentum": 0.5}, "split": {"test": 0.1}}
    (tmp_path / "job.json").write_text(json.dumps(spec))
    options = ["--spec", tmp_path / "job.json", "--epochs", "2", "--learning-rate", "0.01", "--patience", "0"]
    options += ["--time-limit", "600"]
    made = json.loads(gradus("train", path, *options, "--json").stdout)["spec"]
    assert made["epochs"] == 2
    assert (made["early_stopping"], made["time_limit_seconds"]) == (None, 600.0)
    assert made["optimizer"] == {"type": "sgd", "learning_rate": 0.01, "momentum": 0.5, "nesterov": False}
    assert made["split"]["test"] == 0.1


def test_faults_of_a_file_are_shown_with_their_lines(gradus: Gradus) -> None:
    shown = gradus("upload", EXAMPLES / "houses.csv").stdout
    (fault,) = (line for line in shown.splitlines() if "1,37o" in line)
    assert fault.split()[:2] == ["119", "sqft"]


def test_interrupting_the_command_leaves_the_job_running_and_names_the_next_command(
    gradus: Gradus, server: Installation, client: Client
) -> None:
    command = [GRADUS, "train", str(EXAMPLES / "concrete.csv"), "--target", "compressive_strength"]
    watching = subprocess.Popen(
        [*command, "--preset", "fast", "--epochs", "1000000", "--patience", "0", "--name", "long"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(GRADUS_URL=server.url),
    )
    with watching:
        assert watching.stderr is not None
        lines = iter(watching.stderr.readline, "")
        next(line for line in lines if line.startswith("epoch "))
        watching.send_signal(signal.SIGINT)
        rest = watching.stderr.read()
    assert watching.returncode == 130
    (job,) = (job for job in client.jobs.list(status="running") if job.spec.model_name == "long")
    assert f"gradus watch {job.id}" in rest
    assert f"gradus cancel {job.id}" in rest
    assert "cancelled" in gradus("cancel", job.id).stdout
    assert "was cancelled after" in gradus("watch", job.id, status=1).stderr
    refused = gradus(
        "cancel",
        client.jobs.create(dataset="concrete.csv", target="age", epochs=1, model_name="long").wait(timeout=60).id,
        status=1,
    )
    assert "succeeded" in refused.stderr


def test_a_job_is_paused_resumed_finished_reproduced_and_warm_started_from(gradus: Gradus, client: Client) -> None:
    table, target = EXAMPLES / "concrete.csv", "compressive_strength"
    endless = ["--epochs", 1_000_000, "--patience", 0, "--name", "controlled", "--detach", "--json"]
    job = client.jobs.get(json.loads(gradus("train", table, "--target", target, *endless).stdout)["id"])
    next(told for told in job.follow() if isinstance(told, EpochResponse))

    paused = gradus("pause", job.id).stdout
    assert "paused after" in paused
    assert f"gradus resume {job.id}" in paused
    assert json.loads(gradus("pause", job.id, "--json").stdout)["status"] == "paused"
    assert gradus("resume", job.id).stdout.split()[1] in {"queued", "running"}
    assert "finished early" in gradus("finish", job.id).stdout
    assert "match: the same weights" in gradus("reproduce", job.id).stdout
    on = gradus("train", table, "--target", target, "--from", job.id, "--epochs", 1, "--name", "controlled").stdout
    assert "controlled:2" in on


def test_a_misspelt_column_is_answered_with_the_right_one(gradus: Gradus) -> None:
    refused = gradus("train", EXAMPLES / "penguins.csv", "--target", "specis", status=1).stderr
    assert "Did you mean 'species'?" in refused
    assert "--target: " in refused
    assert "#/" not in refused


def test_a_malformed_file_is_explained(gradus: Gradus, tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(b"\x00\x01\x02\xff\xfe" * 500)
    assert gradus("upload", path, status=1).stderr.startswith("gradus: ")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["upload", "nowhere.csv"], "There is no file nowhere.csv."),
        (["train", "folder/nowhere.csv", "--target", "x"], "There is no file folder/nowhere.csv."),
        (["train", str(EXAMPLES / "penguins.csv")], "--target"),
        (["train", "x.csv", "--target", "y", "--layers", "64,a b"], "--layers 64,a b"),
        (["predict", "houses"], "--row COLUMN=VALUE"),
        (["predict", "houses", "--row", "sqft"], "sqft: write it as COLUMN=VALUE"),
        (["upload", "x.csv", "--unknown"], "No such option"),
        (["trian"], "train"),
    ],
)
def test_a_usage_error_is_explained_with_status_2(gradus: Gradus, typed: list[str], said: str) -> None:
    assert said in gradus(*typed, status=2).stderr


def test_an_unknown_resource_ends_with_status_1(gradus: Gradus) -> None:
    for typed in (["job", "job_x"], ["model", "nobody"], ["predict", "nobody", "--row", "x=1"], ["delete", "ds_x"]):
        assert gradus(*typed, status=1).stderr.startswith("gradus: ")
    found = gradus("train", "unheard-of", "--target", "x", status=1).stderr
    assert "There is no file or dataset named unheard-of" in found


def test_without_a_server_the_error_names_the_command_that_starts_one(gradus: Gradus) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        refused = gradus("--url", url, "jobs", status=3).stderr
    assert f"No Gradus server answers at {url}" in refused
    assert "gradus up" in refused


def test_a_training_that_cannot_succeed_fails_with_its_reason(gradus: Gradus, tmp_path: Path) -> None:
    path = tmp_path / "steep.csv"
    path.write_text("a,b\n" + "".join(f"{n},{n * 3}\n" for n in range(60)))
    options = ["--optimizer", "sgd", "--learning-rate", "100", "--epochs", "200", "--activation", "linear"]
    failed = gradus("train", path, "--target", "b", *options, status=1).stderr
    assert "gradus: " in failed
    assert "learning" in failed


def test_help_and_version_need_no_server(gradus: Gradus) -> None:
    assert gradus("--version").stdout == gradus("version").stdout
    assert "gradus up" in gradus("--help").stdout
    train = gradus("train", "--help").stdout
    assert "--target" in train
    assert "Weight decay (L2)" in train  # the texts of the API's schema
    assert "cross_entropy" in train
    assert gradus("version").stdout.startswith("gradus 0.")


def test_a_job_is_found_by_the_end_of_its_id_by_its_model_and_as_the_latest(gradus: Gradus, client: Client) -> None:
    gradus("train", EXAMPLES / "penguins.csv", "--target", "species", "--name", "found", "--epochs", 2)
    newest = next(client.jobs.list()).id

    for ref in (newest, newest[-10:], f"…{newest[-10:]}", "found", "found:1", "latest"):
        assert newest in gradus("job", ref).stdout
    assert "There is no job nobody" in gradus("job", "nobody", status=1).stderr


def test_jobs_are_compared_and_their_models_exported_and_given_aliases(gradus: Gradus, tmp_path: Path) -> None:
    train = ("train", EXAMPLES / "penguins.csv", "--target", "species", "--name", "compared", "--seed", 1)
    gradus(*train, "--epochs", 3, "--layers", "8,residual(norm,8)")
    gradus(*train, "--epochs", 2, "--learning-rate", 0.01)

    said = gradus("compare", "compared:1", "compared").stdout
    lines = {line.split("  ")[0]: line.split()[1:] for line in said.splitlines() if line}
    assert lines["status"] == ["succeeded", "succeeded"]
    assert lines["epochs"] == ["3", "2"]
    assert lines["optimizer.learning_rate"] == ["0.001", "0.01"]
    assert "8 relu, residual(norm, 8 relu)" in said
    assert "seed" not in lines
    compared = json.loads(gradus("compare", "compared:1", "compared:2", "--json").stdout)
    first = json.loads(gradus("job", "compared:1", "--json").stdout)
    assert compared["jobs"][0]["metrics"]["accuracy"] == first["best"]["metrics"]["accuracy"]
    assert compared["jobs"][0]["metrics"]["validation loss"] == first["best"]["validation_loss"]
    assert gradus("compare", "latest", "compared").stdout.endswith("All settings are the same.\n")
    assert "Name 2 to 10 jobs" in gradus("compare", "latest", status=2).stderr

    assert "compared-2.py: compared:2 as python" in gradus("export", "compared").stdout
    assert "compared-2.npz: the weights of compared:2 as npz" in gradus("export", "compared", "--format", "npz").stdout
    with np.load(tmp_path / "compared-2.npz") as arrays:
        assert arrays["layer1.weights"].shape[1] == 64
    gradus("export", "compared:1", "--out", "first.safetensors")
    written = (tmp_path / "first.safetensors").read_bytes()
    header = json.loads(written[8 : 8 + int.from_bytes(written[:8], "little")])
    assert header["layer1.weights"]["shape"][1] == 8
    assert ".safetensors" in gradus("export", "compared", "--out", "x.pickle", status=2).stderr
    assert "use python, onnx" in gradus("export", "compared", "--format", "pickle", status=2).stderr

    said = gradus("alias", "compared:1", "live").stdout
    assert said.startswith("compared@live is compared:1 now.\nnext:  gradus predict compared@live --row ")
    assert json.loads(gradus("alias", "compared", "live", "--json").stdout)["version"] == 2
    assert "compared:2" in gradus("model", "compared@live").stdout
    assert gradus("alias", "compared", "live", "--remove").stdout == "compared@live is removed.\n"
    assert "compared@live" in gradus("model", "compared@live", status=1).stderr


def test_a_table_and_rows_come_from_standard_input(server: Installation, tmp_path: Path) -> None:
    table = (EXAMPLES / "penguins.csv").read_bytes()

    def pipe(*arguments: str, content: bytes) -> str:
        given = environment(GRADUS_URL=server.url)
        ran = subprocess.run(
            [GRADUS, *arguments], input=content, capture_output=True, env=given, cwd=tmp_path, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.decode()

    assert "piped:1" in pipe("train", "-", "--target", "species", "--name", "piped", "--epochs", "2", content=table)
    predicted = pipe("predict", "piped", "--csv", "-", content=b"\n".join(table.split(b"\n")[:3]) + b"\n")
    assert len(predicted.splitlines()) == 3


def test_doctor_looks_at_the_server_that_is_named(gradus: Gradus, server: Installation) -> None:
    said = gradus("doctor").stdout

    assert server.url in said
    assert all(f"{part} " in said for part in ("database", "storage", "broker"))


def test_a_shell_completes_commands_names_files_and_columns(gradus: Gradus, server: Installation) -> None:
    gradus("train", EXAMPLES / "penguins.csv", "--target", "species", "--name", "completed", "--epochs", 2)

    table, folder = EXAMPLES / "houses.csv", EXAMPLES / "drawings"
    for typed, completion in (
        ("gradus mod", "models"),
        ("gradus model comp", "completed"),
        ("gradus job l", "latest"),
        ("gradus job comp", "completed"),
        ("gradus dataset peng", "penguins.csv"),
        ("gradus train peng", "penguins.csv"),
        (f"gradus train {str(table)[:-4]}", str(table)),
        (f"gradus train {folder}/c", f"{folder}/cat/"),
        (f"gradus train {table} --target pr", "price"),
        (f"gradus train {table} --features sqft,be", "sqft,bedrooms"),
        ("gradus train penguins.csv --epochs 3 --target spec", "species"),
        ("gradus train penguins.csv --preset be", "best"),
    ):
        asked = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1), "_GRADUS_COMPLETE": "complete_bash"}
        given = environment(GRADUS_URL=server.url) | asked
        ran = subprocess.run([GRADUS], capture_output=True, text=True, env=given, check=False)
        assert completion in ran.stdout.split(), (typed, ran.stdout, ran.stderr)


def test_names_and_ids_are_known_by_their_parts(gradus: Gradus, client: Client) -> None:
    for name in ("brevity", "breadth"):
        gradus("train", EXAMPLES / "penguins.csv", "--target", "species", "--name", name, "--epochs", 1)
    model = client.models.get("brevity")

    asked = gradus("predict", "brevi", "--row", "island=Biscoe")
    assert asked.stderr.startswith("brevi is brevity:1\n")
    assert "Gentoo" in asked.stdout
    assert "brevity:1" in gradus("model", model.id[-8:]).stdout
    assert "breadth:1" in gradus("model", "latest").stdout
    assert gradus("dataset", "penguin").stdout.startswith("penguins.csv")
    assert "penguins.csv" in gradus("dataset", model.dataset_id[-8:]).stdout
    assert model.job_id in gradus("job", model.job_id[:-2], "--json").stdout
    assert model.job_id in gradus("job", "brevi", "--json").stdout
    slices = gradus("slices", model.job_id[-8:])
    assert slices.stderr == f"{model.job_id[-8:]} is brevity:1\n"
    assert "(Bonferroni)" in slices.stdout
    assert "2 models begin with bre: " in gradus("predict", "bre", "--row", "a=1", status=1).stderr
    assert "did you mean brevity?" in gradus("model", "brevty", status=1).stderr
    gradus("delete", "brevi", "--yes", status=1)  # what is deleted has to be named whole
