"""Families of hostile requests to a real service with trained models: each is answered, and refused with a problem."""

import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.hostile_requests import Family, headers, pictures, reads, recommendations, rows, specs, texts
from tests.hostile_requests.targets import Owner, Targets, create_targets
from tests.integration.server_under_attack import ServerUnderAttack, as_problem
from tests.running import Broker, Installation

COLUMNS = 200
ITEMS = 200
FAMILIES = (
    *specs.FAMILIES,
    rows.unknown_names,
    rows.odd_names,
    headers.long_paths,
    headers.long_headers,
    headers.odd_filters,
    headers.odd_cursors,
    *reads.FAMILIES,
    *recommendations.FAMILIES,
    pictures.odd_forms,
    pictures.thumbnails,
    *texts.FAMILIES,
)


class Attack(NamedTuple):
    """A service, what is aimed at, and another owner with a model."""

    service: ServerUnderAttack
    targets: Targets
    other: Owner


@pytest.fixture(scope="module")
def attack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attack]:
    folder, broker = tmp_path_factory.mktemp("service"), Broker()
    installation = Installation(folder, broker.url())
    service = ServerUnderAttack(folder, broker_url=broker.url())
    installation.start_worker()
    other = Owner(service, "other")
    other.train(other.upload(b"x,y\n" + b"".join(b"%d,%d\n" % (row, 3 * row) for row in range(50))), "y", "small")
    yield Attack(service, create_targets(Owner(service, "hostile"), COLUMNS, ITEMS), other)
    service.kill()
    installation.close()
    broker.remove()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: str(family.__name__))
def test_a_family_of_hostile_requests_is_answered_without_a_fault(attack: Attack, family: Family) -> None:
    requests = list(family(attack.targets))
    assert len(requests) >= 4

    for request in requests:
        sent = {"Authorization": f"Bearer {attack.targets.key}", **request.headers_at(0)}
        encoded = {name: value.encode("utf-8", "surrogatepass") for name, value in sent.items()}
        answer = attack.service.ask(request.method, request.path_at(0), request.body(), encoded)

        assert answer.status < 500, request.name
        # what the server itself refuses, such as a header that is too long, is no problem document
        if answer.status >= 400 and answer.headers["Content-Type"] == "application/problem+json":
            as_problem(answer)

    status, prediction = attack.other.ask("POST", "/v1/models/small/predict", json.dumps({"x": 5}).encode())
    assert (status, len(prediction["predictions"])) == (200, 1)
    assert "Traceback" not in attack.service.read_log()
