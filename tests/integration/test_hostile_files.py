"""The corpus of hostile tables, uploaded to a real service: each is accepted or refused within bounds."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import hostile_files
from tests.integration.server_under_attack import ServerUnderAttack, as_problem

FILES = {
    "text/csv": hostile_files.CSV,
    "application/x-ndjson": hostile_files.NDJSON,
    "application/octet-stream": hostile_files.OTHER,
    "application/vnd.apache.parquet": hostile_files.PARQUET,
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderAttack]:
    service = ServerUnderAttack(tmp_path_factory.mktemp("service"))
    yield service
    service.kill()


@pytest.mark.parametrize(
    ("media_type", "name"), [(media_type, name) for media_type, corpus in FILES.items() for name in corpus]
)
def test_a_hostile_file_is_accepted_or_refused_within_bounds(
    service: ServerUnderAttack, media_type: str, name: str
) -> None:
    data = FILES[media_type][name]()

    answer = service.ask("POST", "/v1/datasets?name=hostile", data, {"Content-Type": media_type})

    if answer.status == 201:
        dataset = json.loads(answer.body)
        assert dataset["status"] in {"ready", "processing"}
        assert service.ask("DELETE", f"/v1/datasets/{dataset['id']}").status == 200
    else:
        assert answer.status in {400, 413, 422}
        as_problem(answer)
    assert service.ask("GET", "/healthz").status == 200


def test_hostile_files_leak_neither_memory_nor_files(service: ServerUnderAttack) -> None:
    data = [corpus[name]() for corpus in FILES.values() for name in list(corpus)[:12]]
    for body in data:
        service.ask("POST", "/v1/datasets", body, {"Content-Type": "text/csv"})
    before = service.memory()

    for body in data:
        service.ask("POST", "/v1/datasets", body, {"Content-Type": "text/csv"})

    assert service.memory() - before < 64 * 2**20
    assert list((service.folder / "files").rglob("*.part")) == []


def test_a_line_of_256_megabytes_is_accepted_or_refused_in_bounded_memory(service: ServerUnderAttack) -> None:
    block = b"a" * 2**20
    before = service.memory()

    answer = service.ask("POST", "/v1/datasets", (block for _ in range(256)), {"Content-Type": "text/csv"})

    assert answer.status == 201
    dataset = json.loads(answer.body)
    assert (dataset["status"], dataset["bytes"]) == ("processing", 2**28)
    assert service.memory() - before < 64 * 2**20
    assert service.ask("DELETE", f"/v1/datasets/{dataset['id']}").status == 200


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd.csv", "..\\..\\boot.csv", "/etc/shadow.csv", "a\0.csv", "=cmd|' /C calc'!A0.csv", "x" * 5000],
)
def test_a_file_name_cannot_traverse_the_folders(service: ServerUnderAttack, tmp_path: Path, name: str) -> None:
    form = (
        b'--X\r\nContent-Disposition: form-data; name="file"; filename="'
        + name.encode()
        + b'"\r\nContent-Type: text/csv\r\n\r\na,b\n1,2\n\r\n--X--\r\n'
    )
    before = set(service.folder.rglob("*"))

    answer = service.ask("POST", "/v1/datasets", form, {"Content-Type": "multipart/form-data; boundary=X"})

    if answer.status != 201:
        as_problem(answer)
        assert answer.status in {400, 422}
        return
    dataset = json.loads(answer.body)
    made = {path for path in set(service.folder.rglob("*")) - before if path.is_file() and path.suffix != ".log"}
    assert all(dataset["id"] in str(path) or path.name.startswith("gradus.sqlite") for path in made)
    answer = service.ask("GET", f"/v1/datasets/{dataset['id']}/content")
    assert (answer.status, answer.body) == (200, b"a,b\n1,2\n")
