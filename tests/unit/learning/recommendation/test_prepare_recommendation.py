"""Preparation of ratings: what is learned, held out and kept, and what is refused."""

import numpy as np
import pytest

from learning.errors import ImpossibleTarget, LearningError, UnusableColumn
from learning.recommendation.bags import Bags
from learning.recommendation.history import keep_last_entries
from tests.unit.learning.recommendation.books import prepare_books, read_books

ROWS = read_books()


def pairs(prepared, part):
    return {(ROWS[row]["reader"], ROWS[row]["book"]) for row in getattr(prepared.rows, part)}


def test_every_rating_is_in_one_part_and_all_are_kept_as_history():
    prepared = prepare_books(rated=True, validation=0.1, test=0.2)
    assert sum(prepared.rows.sizes) == len(ROWS) == prepared.inputs.histories.starts[-1]
    encoder, target = prepared.inputs, prepared.train.target
    names, readers = encoder.catalogue.items, encoder.users
    learned = {
        (readers[user], names[item])
        for user, number in enumerate(prepared.train.y)
        for item in target.bags.bag(number)[0]
    }
    assert learned == pairs(prepared, "train")


def test_what_is_held_out_is_not_among_the_inputs():
    prepared = prepare_books(rated=False, validation=0.1, test=0.2)
    target = prepared.test.target
    for number in prepared.test.y:
        assert not set(target.bags.bag(number)[0]) & set(target.seen.bag(number)[0])
    x = prepared.test.x[:]
    seen = np.zeros(x.shape)
    target.seen.take(prepared.test.y).write_dense(np.arange(len(x)), seen)
    assert ((x != 0) == (seen != 0)).all()


def test_mean_of_row_losses_is_that_of_ratings():
    prepared = prepare_books(rated=True, validation=0.1, test=0.2)
    part, loss = prepared.validation, prepared.validation.target.create_loss("auto")
    zeros = np.zeros((len(part), part.outputs))
    values = loss.values(zeros, loss.targets(part.y, np.float64))
    unclipped = np.concatenate([part.target.learned.bag(number)[1] for number in part.y])
    assert values.mean() == pytest.approx(np.mean(unclipped.astype(float) ** 2), rel=1e-6)


def test_newest_ratings_are_held_out_by_time():
    prepared = prepare_books(rated=True, validation=0.1, test=0.2, order_by="date")
    dates = {part: [ROWS[row]["date"] for row in getattr(prepared.rows, part)] for part in ("train", "test")}
    assert max(dates["train"]) <= min(dates["test"])


def test_held_out_readers_are_known_by_half_of_their_ratings():
    prepared = prepare_books(rated=True, validation=0.1, test=0.2, group_by="reader")
    readers = {part: {ROWS[row]["reader"] for row in getattr(prepared.rows, part)} for part in ("train", "test")}
    assert not readers["train"] & readers["test"]
    target = prepared.test.target
    for number in prepared.test.y:
        known, asked = len(target.seen.bag(number)[0]), len(target.bags.bag(number)[0])
        assert 0 <= known - asked <= 1


def test_last_of_several_ratings_of_a_book_counts():
    copies = [{**ROWS[0], "stars": "1"}, *ROWS, {**ROWS[0], "stars": "2"}]
    prepared = prepare_books(rated=True, rows=copies)
    encoder = prepared.inputs
    items, ratings = encoder.histories.bag(encoder.numbers[ROWS[0]["reader"]])
    assert ratings[items == encoder.catalogue.numbers[ROWS[0]["book"]]] == [2]
    assert any("2 rows were left out: a later one" in sentence for _, sentence in prepared.skipped)


def test_rows_without_a_rating_are_left_out_and_counted():
    prepared = prepare_books(rated=True, rows=[*ROWS[1:], {**ROWS[0], "stars": None}])
    assert sum(prepared.rows.sizes) == len(ROWS) - 1
    assert any("1 row was not learned from" in sentence for _, sentence in prepared.skipped)


def test_columns_that_are_the_same_in_all_rows_of_a_book_can_be_filtered_by():
    prepared = prepare_books(rated=True)
    (genre,) = prepared.inputs.catalogue.properties
    assert (genre.name, genre.categories) == ("genre", ("crime", "fantasy", "science", "travel"))
    assert any("date" in sentence for _, sentence in prepared.skipped)


def test_equal_ratings_and_single_readers_are_refused():
    with pytest.raises(ImpossibleTarget, match="all the same"):
        prepare_books(rated=True, rows=[{**row, "stars": "3"} for row in ROWS])
    with pytest.raises(UnusableColumn, match="1 different value"):
        prepare_books(rated=True, rows=[{**row, "reader": "me"} for row in ROWS])


def test_losses_of_another_task_are_refused():
    with pytest.raises(LearningError, match="does not fit ratings"):
        prepare_books(rated=True, loss="cross_entropy")
    with pytest.raises(LearningError, match="does not fit choices"):
        prepare_books(rated=False, loss="mae")
    with pytest.raises(LearningError, match="mse"):
        prepare_books(rated=True).train.target.create_loss("cross_entropy")
    for prepared, other in (("mse", "cross_entropy"), ("cross_entropy", "mse")):
        target = prepare_books(rated=False, loss=prepared).train.target
        assert target.create_loss("auto") is not None
        with pytest.raises(LearningError, match=prepared):
            target.create_loss(other)


def test_of_held_out_choices_all_that_is_known_is_said_too():
    prepared = prepare_books(rated=False, loss="mse", validation=0.1, test=0.2)
    target = prepared.test.target
    for number in prepared.test.y.tolist():
        said = {*target.bags.bag(number)[0], *target.seen.bag(number)[0]}
        assert set(target.learned.bag(number)[0]) == said


def test_histories_within_a_bound_keep_the_last_entries_of_the_longest():
    sizes = [1, 9, 4]
    owners = np.repeat(np.arange(3), sizes)
    histories = Bags.group(owners, np.arange(14), np.ones(14), 3)
    kept = keep_last_entries(histories, 9)
    assert kept.sizes.tolist() == [1, 4, 4]
    assert kept.items.tolist() == [0, 6, 7, 8, 9, 10, 11, 12, 13]
