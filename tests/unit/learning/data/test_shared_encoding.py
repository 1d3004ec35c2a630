"""Encodings that all folds share: nets that validate on different rows read the same inputs."""

import json
from typing import Any

import numpy as np
import pytest

from learning.data.prepare import PreparedData, prepare
from learning.data.split_spec import SplitSpec
from learning.encoding.embedding_spec import EmbeddingSpec
from learning.encoding.numeric_spec import NumericSpec
from learning.encoding.table import TableEncoder
from learning.frame import Frame, Table
from learning.serialization import to_json
from tests.unit.learning.data.test_prepare_in_chunks import Cut
from tests.unit.learning.frames import create_categorical, create_frame, create_numeric, create_text

ROWS, FOLDS, TEST = 600, 3, 0.2
RANDOM = np.random.default_rng(0)
NUMBERS = np.where(RANDOM.random(ROWS) < 0.1, np.nan, RANDOM.exponential(size=ROWS))
PRICES = RANDOM.normal(10.0, 3.0, ROWS)
REMARKS: list[str | None] = ["a cat sat here", "dogs bark at it", "no cat at all", None]
TABLE = create_frame(
    number=create_numeric(NUMBERS),
    street=create_categorical([f"street {number}" for number in RANDOM.zipf(1.5, ROWS).clip(max=90)]),
    remark=create_text([REMARKS[number] for number in RANDOM.integers(0, len(REMARKS), ROWS).tolist()]),
    owner=create_categorical([f"owner {number}" for number in RANDOM.integers(0, 80, ROWS)]),
    price=create_numeric(PRICES),
    weight=create_numeric(RANDOM.uniform(0.5, 2.0, ROWS)),
    moment=create_numeric(np.arange(float(ROWS))),
)


def prepare_fold(table: Table, fold: int, target: str = "price", **settings: Any) -> PreparedData:
    return prepare(
        table,
        target=target,
        split=SplitSpec(folds=FOLDS, fold=fold, test=TEST, group_by=settings.pop("group_by", None)),
        weight_column="weight",
        embedding=EmbeddingSpec(min_categories=5),
        numeric=NumericSpec(bins=6),
        seed=7,
        **settings,
    )


def describe(prepared: PreparedData) -> str:
    return json.dumps([to_json(prepared.inputs), to_json(prepared.output)])


@pytest.mark.parametrize("target", ["price", "street"])
@pytest.mark.parametrize("group_by", [None, "owner"])
@pytest.mark.parametrize("table", [TABLE, Cut(TABLE, 170)], ids=["frame", "chunks"])
def test_the_encodings_of_all_folds_are_equal_where_they_are_shared(
    table: Frame | Cut, group_by: str | None, target: str
) -> None:
    settings: dict[str, Any] = {"target": target, "group_by": group_by}
    shared = [prepare_fold(table, fold, shared_encoding=True, **settings) for fold in range(FOLDS)]
    whole = prepare_fold(table, 0, all_folds=True, **settings)
    assert len({describe(prepared) for prepared in [*shared, whole]}) == 1
    assert len({describe(prepare_fold(table, fold, **settings)) for fold in range(FOLDS)}) == FOLDS
    rows = np.concatenate([prepared.rows.validation for prepared in shared])
    np.testing.assert_array_equal(np.sort(rows), whole.rows.train)


@pytest.mark.parametrize("table", [TABLE, Cut(TABLE, 170)], ids=["frame", "chunks"])
def test_test_rows_change_no_shared_encoding(table: Frame | Cut) -> None:
    shared = prepare_fold(table, 0, shared_encoding=True)
    test = np.zeros(ROWS, np.bool_)
    test[shared.rows.test] = True
    columns = {name: TABLE.column(name) for name in TABLE}
    columns |= {"price": create_numeric(np.where(test, 1e6, PRICES))}
    columns |= {"number": create_numeric(np.where(test, 1e6, NUMBERS))}
    changed = create_frame(**columns)
    other = prepare_fold(changed if table is TABLE else Cut(changed, 170), 0, shared_encoding=True)
    np.testing.assert_array_equal(other.rows.test, shared.rows.test)
    assert describe(other) == describe(shared)


@pytest.mark.parametrize("table", [TABLE, Cut(TABLE, 170)], ids=["frame", "chunks"])
def test_all_folds_are_training_rows_that_are_encoded_as_those_of_each(table: Frame | Cut) -> None:
    whole = prepare_fold(table, 0, all_folds=True)
    assert len(whole.validation) == len(whole.rows.validation) == 0
    assert whole.rows.folds is not None
    assert sorted(set(whole.rows.folds[whole.rows.train].tolist())) == list(range(FOLDS))
    assert len(whole.train) + len(whole.test) == ROWS
    assert whole.train.weights is not None
    assert whole.train.weights.mean() == pytest.approx(1.0, rel=1e-5)
    for fold in range(FOLDS):
        own = prepare_fold(table, fold, shared_encoding=True)
        places = np.flatnonzero(whole.rows.folds[whole.rows.train] == fold)
        np.testing.assert_array_equal(whole.rows.train[places], own.rows.validation)
        np.testing.assert_array_equal(own.rows.test, whole.rows.test)
        part = whole.train.take(places)
        for ours, theirs in zip(part.arrays, own.validation.arrays, strict=True):
            np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(part.y, own.validation.y)


def test_without_folds_validation_rows_stay_held_out() -> None:
    split = SplitSpec(order_by="moment", validation=0.25)
    ordered = prepare(TABLE, target="price", split=split, all_folds=True, shared_encoding=True)
    assert ordered.rows.sizes == (450, 150, 0)
    plain = prepare(TABLE, target="price", split=split)
    assert describe(plain) != describe(ordered)


def test_vectors_are_repeated_in_the_encoder_as_in_the_net_that_reads_it() -> None:
    encoder = prepare_fold(TABLE, 0, shared_encoding=True).inputs
    assert isinstance(encoder, TableEncoder)
    assert (encoder.net_inputs.embeddings, encoder.net_inputs.bags) != ((), ())
    repeated = encoder.repeat_vectors(3)
    assert repeated.net_inputs == encoder.net_inputs.repeat_vectors(3)
    assert TableEncoder.from_json(repeated.to_json()) == repeated
    assert len(repeated.output_names) == repeated.net_inputs.width
