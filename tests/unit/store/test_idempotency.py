"""Idempotency keys in the store: a repeated request creates nothing twice."""

import threading

import pytest
from sqlalchemy import func, select, update

from store import idempotency
from store.database import SessionFactory, begin_read, begin_write
from store.errors import IdempotencyKeyReused
from store.idempotency import StoredResponse
from store.tables import DatasetRow, IdempotencyRow
from tests.unit.store.factories import add_dataset

ANSWER = StoredResponse(status=201, headers={"Location": "/v1/datasets/ds_1"}, body=b'{"id": "ds_1"}\x00\xff')
REQUEST = ("local", "key-1", "POST /v1/datasets", "ab" * 32)


def take(
    db: SessionFactory, request: tuple[str, str, str, str] = REQUEST, answer: StoredResponse = ANSWER
) -> StoredResponse:
    """A POST with a key, as the service handles it."""
    with begin_write(db) as s:
        known = idempotency.claim(s, *request)
        if known is not None:
            return known
        add_dataset(s)
        idempotency.add_response(s, request[0], request[1], answer)
    return answer


def count_datasets(db: SessionFactory) -> int:
    with begin_read(db) as s:
        return s.scalars(select(func.count()).select_from(DatasetRow)).one()


def test_the_first_response_is_repeated_byte_by_byte(db: SessionFactory) -> None:
    with begin_read(db) as s:
        assert idempotency.get_response(s, *REQUEST) is None
    take(db)
    again = take(db, answer=StoredResponse(status=500, headers={}, body=b"never stored"))
    assert again == ANSWER
    assert count_datasets(db) == 1
    with begin_read(db) as s:
        assert idempotency.get_response(s, *REQUEST) == ANSWER


@pytest.mark.parametrize("changed", [("local", "key-1", "POST /v1/jobs", "ab" * 32), (*REQUEST[:3], "cd" * 32)])
def test_the_same_key_with_another_request_is_refused(db: SessionFactory, changed: tuple[str, str, str, str]) -> None:
    take(db)
    with pytest.raises(IdempotencyKeyReused, match="key-1"):
        take(db, changed)
    assert count_datasets(db) == 1


def test_idempotency_keys_of_different_owners_are_independent(db: SessionFactory) -> None:
    take(db)
    theirs = StoredResponse(status=202, headers={}, body=b"")
    assert take(db, ("somebody", *REQUEST[1:]), theirs) == theirs
    assert count_datasets(db) == 2


def test_a_key_is_free_again_when_its_transaction_is_rolled_back(db: SessionFactory) -> None:
    def break_off() -> None:
        with begin_write(db) as s:
            assert idempotency.claim(s, *REQUEST) is None
            add_dataset(s)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        break_off()
    assert count_datasets(db) == 0
    take(db)
    assert count_datasets(db) == 1


def test_an_idempotency_key_expires_after_a_day(db: SessionFactory) -> None:
    take(db)
    with begin_write(db) as s:
        s.execute(update(IdempotencyRow).values(created_at=IdempotencyRow.created_at - 23 * 3600))
    assert take(db) == ANSWER
    with begin_write(db) as s:
        s.execute(update(IdempotencyRow).values(created_at=IdempotencyRow.created_at - 3600))
        assert idempotency.get_response(s, *REQUEST) is None
    take(db, (*REQUEST[:3], "cd" * 32))
    assert count_datasets(db) == 2
    with begin_write(db) as s:
        assert idempotency.claim(s, *REQUEST[:1], "another", *REQUEST[2:]) is None
        assert s.scalars(select(func.count()).select_from(IdempotencyRow)).one() == 2, "old ones are swept"


def test_an_idempotency_key_from_the_future_expires_a_day_after_now(db: SessionFactory) -> None:
    take(db)
    with begin_write(db) as s:
        s.execute(update(IdempotencyRow).values(created_at=IdempotencyRow.created_at + 1000 * 3600))
    assert take(db) == ANSWER
    with begin_write(db) as s:
        idempotency.delete_expired(s)
        s.execute(update(IdempotencyRow).values(created_at=IdempotencyRow.created_at - 24 * 3600))
        assert idempotency.get_response(s, *REQUEST) is None


def test_of_eight_concurrent_requests_one_runs_and_all_get_its_response(db: SessionFactory) -> None:
    answers, start = list[StoredResponse](), threading.Barrier(8)

    def send(number: int) -> None:
        start.wait()
        answers.append(take(db, answer=StoredResponse(status=201, headers={}, body=str(number).encode())))

    threads = [threading.Thread(target=send, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count_datasets(db) == 1
    assert len(answers) == 8
    assert len({answer.body for answer in answers}) == 1
