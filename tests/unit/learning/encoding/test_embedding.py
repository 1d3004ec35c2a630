"""The encoder of columns with many values: ids with vectors of their own, rare and unseen ones, and its bounds."""

import json

import numpy as np
import pytest

from learning.encoding.categorical import CategoricalEncoder
from learning.encoding.columns import WarningList
from learning.encoding.embedding import EmbeddingEncoder
from learning.encoding.embedding_spec import EmbeddingSpec
from learning.encoding.numeric import NumericEncoder
from learning.encoding.table import TableEncoder
from learning.errors import UnusableColumn
from learning.nn.layers.embedding import Embedding
from tests.unit.learning.frames import create_categorical, create_frame, create_numeric

STORES = [f"S{number}" for number in range(70)]


def fit(column, name="store", **spec):
    encoder, skipped = TableEncoder.fit(create_frame(**{name: column}), [name], embedding=EmbeddingSpec(**spec))
    assert not skipped
    return encoder


def encode(encoder, column, name="store"):
    warnings = WarningList(99)
    ids = encoder.encode_ids(create_frame(**{name: column}), warnings=warnings)
    return ids[:, 0].tolist(), [(each.row, each.code, each.detail) for each in warnings.sorted()]


def test_each_value_that_repeats_has_an_id_and_the_others_share_one():
    encoder = fit(create_categorical([*STORES * 2, "S7", "once", "twice at most", None, None]))
    (column,) = encoder.columns
    assert isinstance(column, EmbeddingEncoder)
    assert column.kept[:2] == ("S7", "S0")
    assert column.pooled == ("once", "twice at most")
    assert column.table == Embedding(ids=70 + 1 + 1 + 1, units=8)
    ids, warnings = encode(encoder, create_categorical(["S7", "S0", "once", "new", None]))
    assert ids == [0, 1, 70, 72, 71]
    assert warnings == [
        (
            2,
            "pooled_category",
            "'once' is not among the 70 values that are told apart; it is treated as one with the others, 2 in all",
        ),
        (3, "unseen_category", "'new' did not occur in training; it is treated as an average one"),
    ]
    assert encoder.list_pooling()[0].reason == (
        "2 of 72 values of 'store' are learned as one, so they get the same answers: once, twice at most. "
        "The others, in 2 training rows or more, each have a vector of 8 numbers."
    )


def test_what_training_had_no_two_rows_of_is_the_last_id():
    encoder = fit(create_categorical([*STORES * 2, "once"]))
    ids, warnings = encode(encoder, create_categorical(["once", "new", None, "S1"]))
    assert ids == [70, 70, 70, 1]
    assert [code for _, code, _ in warnings] == ["pooled_category", "unseen_category", "missing_imputed"]


@pytest.mark.parametrize(("stores", "kind"), [(64, CategoricalEncoder), (65, EmbeddingEncoder)])
def test_columns_with_more_than_64_values_that_repeat_get_embeddings(stores, kind):
    once = [f"once {number}" for number in range(10)]
    assert isinstance(fit(create_categorical(STORES[:stores] * 2 + once)).columns[0], kind)


def test_the_spec_decides_from_how_many_values_on_and_how_long_vectors_are():
    few = create_categorical(["a", "b", "c"] * 2)
    assert fit(few, min_categories=3, dimensions=5).net_inputs.embeddings == (Embedding(ids=4, units=5),)
    assert fit(few, min_categories=4).net_inputs.embeddings == ()


def test_whole_numbers_are_ids_where_they_are_named_so_and_repeat():
    numbers = create_numeric([number * 1000.0 for number in range(70)] * 2)
    encoder = fit(numbers, "store_id")
    ids, warnings = encode(encoder, create_numeric([69_000.0, 0.0, 3.5, None]), "store_id")
    assert ids == [69, 0, 70, 70]
    assert warnings[0][2] == "'3.5' did not occur in training; it is treated as an average one"
    assert encoder.columns[0].describe().type == "numeric"
    assert encoder.typical_row() == {"store_id": 0.0}
    for column, name in [
        (numbers, "size"),
        (create_numeric([number + 0.5 for number in range(70)] * 2), "store_id"),
        (create_numeric(range(140)), "store_id"),
    ]:
        assert isinstance(fit(column, name).columns[0], NumericEncoder)


def test_numbers_and_ids_have_their_places_among_the_joined_values():
    stores, owners = create_categorical(STORES * 2), create_categorical(STORES[::-1] * 2)
    frame = create_frame(store=stores, size=create_numeric(range(140)), owner=owners)
    encoder, _ = TableEncoder.fit(frame, list(frame), embedding=EmbeddingSpec(dimensions=2))
    assert encoder.width == 1
    assert encoder.output_names == ["size", "store [1]", "store [2]", "owner [1]", "owner [2]"]
    places = {name: part.tolist() for name, part in encoder.output_columns().items()}
    assert places == {"store": [1, 2], "size": [0], "owner": [3, 4]}
    x, ids, *_ = encoder.encode_arrays(frame)
    assert x.shape == (140, 1)
    assert ids is not None
    assert ids.dtype == np.int32
    assert ids[:70].tolist() == [[number, number] for number in range(70)]  # the n-th of either to occur


def test_it_is_the_same_after_a_round_through_json_and_refuses_other_columns():
    encoder = fit(create_categorical([*STORES * 2, "once", None, None]))
    plain = json.loads(json.dumps(encoder.to_json()))
    assert TableEncoder.from_json(plain) == encoder
    (column,) = plain["columns"]
    for broken in ({"dimensions": 0}, {"kept": []}, {"kept": ["a"] * 100_001}, {"kind": "text"}):
        with pytest.raises(ValueError, match=r"columns|no value"):
            TableEncoder.from_json({"columns": [{**column, **broken}]})
    with pytest.raises(UnusableColumn, match="is numeric, and was categorical"):
        encoder.encode_ids(create_frame(store=create_numeric([1.0])))
