"""Large values of the database are read in pieces, on SQLite and on PostgreSQL."""

import tracemalloc

import numpy as np
import pytest
from sqlalchemy import Engine, event

from store.blobs import PIECE_BYTES
from store.database import SessionFactory, begin_read, begin_write
from store.errors import NotFound
from store.models import models
from tests.unit.store.factories import add_model


@pytest.mark.parametrize("size", [1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
def test_weights_of_each_size_are_read_unchanged(db: SessionFactory, size: int) -> None:
    data = np.random.default_rng(size).bytes(size)
    with begin_write(db) as s:
        model_id = add_model(s, weights=data)

    with begin_read(db) as s:
        read = models.get_weights(s, model_id)

    assert len(read) == size
    assert read == data


def test_large_weights_are_never_whole_in_a_query_or_in_the_allocator(db: SessionFactory, engine: Engine) -> None:
    size = 4 * PIECE_BYTES
    with begin_write(db) as s:
        model_id = add_model(s, weights=np.random.default_rng(0).bytes(size))
    asked = list[str]()
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with begin_read(db) as s:
        models.get_weights(s, model_id)  # what is kept for the next time is made
        tracemalloc.start()
        try:
            read = models.get_weights(s, model_id)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert isinstance(read, memoryview)
    assert read.readonly
    assert peak < 3 * PIECE_BYTES
    assert not [query for query in asked if query.startswith("SELECT model_weights.weights")]


def test_a_model_that_is_deleted_while_it_is_read_is_not_found(db: SessionFactory) -> None:
    with begin_read(db) as s, pytest.raises(NotFound):
        models.get_weights(s, "mdl_none")
