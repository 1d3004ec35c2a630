"""The worst errors on held-out entries, beside those that plain loops find."""

import pytest

from learning.recommendation import held_out_errors
from learning.recommendation.held_out_errors import find_held_out_errors
from tests.unit.learning.recommendation.books import prepare_books, read_books, train_books


def find_errors(rated):
    model, _, prepared = train_books(rated=rated)
    part = prepared.test
    return find_held_out_errors(part.target, prepared.inputs, part.y, model.net.forward(part.x[:])), model, prepared


def held_out_entries(prepared, rated):
    rows = [row for row in read_books() if rated or float(row["stars"]) >= 4]
    return [(rows[row]["reader"], rows[row]["book"], float(rows[row]["stars"])) for row in prepared.rows.test]


def test_ratings_are_listed_by_how_far_they_are_off():
    found, _, prepared = find_errors(rated=True)
    entries = held_out_entries(prepared, rated=True)
    assert found.measured == len(entries)
    assert len(found.errors) == held_out_errors.MAX_ERRORS
    sizes = [abs(each.rating - each.predicted) for each in found.errors]
    assert sizes == sorted(sizes, reverse=True)
    assert {(each.user, each.item, each.rating) for each in found.errors} <= set(entries)
    squares = prepared.test.target.compute_metrics(
        train_books(rated=True)[0].net.forward(prepared.test.x[:]), prepared.test.y, None
    )
    assert sizes[0] > squares["rmse"]


def test_choices_are_listed_by_their_rank_among_unseen_books():
    found, model, prepared = find_errors(rated=False)
    entries = held_out_entries(prepared, rated=False)
    assert found.measured == len(entries)
    target, names = prepared.test.target, prepared.inputs.catalogue.items
    ranks = {}
    for number, logits in zip(prepared.test.y, model.net.forward(prepared.test.x[:]), strict=True):
        scores = logits + prepared.inputs.catalogue.item_levels
        seen = set(target.seen.bag(number)[0].tolist())
        unseen = sorted((item for item in range(len(names)) if item not in seen), key=lambda item: -scores[item])
        for item in target.bags.bag(number)[0].tolist():
            user = prepared.inputs.users[target.users[number]]
            first = tuple(names[other] for other in unseen[:3])
            ranks[user, names[item]] = (unseen.index(item) + 1, len(unseen), first, len(seen))
    assert [each.rank for each in found.errors] == sorted((rank for rank, *_ in ranks.values()), reverse=True)[:100]
    for each in found.errors:
        assert (each.rank, each.ranked, each.first, each.user_rows) == ranks[each.user, each.item]
        assert each.item_rows == prepared.inputs.catalogue.item_counts[names.index(each.item)]


@pytest.mark.parametrize("rated", [True, False])
def test_of_many_users_some_are_looked_at(rated, monkeypatch):
    monkeypatch.setattr(held_out_errors, "MAX_CELLS", 80 * 10)
    found, _, prepared = find_errors(rated=rated)
    assert len({each.user for each in found.errors}) <= 10
    assert 0 < found.measured < len(prepared.rows.test)


def test_bags_are_those_of_their_users():
    prepared = prepare_books(rated=True, validation=0.1, test=0.2, group_by="reader")
    target = prepared.test.target
    rows = read_books()
    for number in prepared.test.y:
        user = prepared.inputs.users[target.users[number]]
        theirs = {row["book"] for row in rows if row["reader"] == user}
        assert {prepared.inputs.catalogue.items[item] for item in target.bags.bag(number)[0]} <= theirs
