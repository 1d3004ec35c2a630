"""What training never saw is recommended by its columns: tables of which it is known who likes what."""

from functools import cache

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from learning.data.split_spec import SplitSpec
from learning.errors import UnusableColumn
from learning.frame import CategoricalColumn, Frame, NumericColumn
from learning.model import Model, create_model
from learning.nn.net import NeuralNet
from learning.packing import pack_array
from learning.recommendation.defaults import choose_training
from learning.recommendation.prepare import prepare_recommendation
from learning.recommendation.properties import Features, Property, fit_map
from learning.training.trainer import Trainer

GENRES, AGES = ("crime", "fantasy", "science", "travel"), (20, 35, 50, 65)
USERS, KNOWN, NEW = 200, 80, 24
BOTH = pytest.mark.parametrize("rated", [True, False], ids=["ratings", "choices"])


def likes(age, genre):
    """Whether somebody of the age with this number likes the genre with that one: one genre each."""
    return age == genre


def create_table(*, rated):
    """Rows of user, age, item, genre and stars; the last rows are of new items, which nobody has chosen yet."""
    random = np.random.default_rng(4)
    users, items = np.repeat(np.arange(USERS), KNOWN), np.tile(np.arange(KNOWN), USERS)
    liked = likes(users % 4, items % 4)
    chosen = random.random(len(users)) < (np.full(len(users), 0.3) if rated else np.where(liked, 0.4, 0.05))
    users, items, liked = users[chosen], items[chosen], liked[chosen]
    stars = np.clip(np.where(liked, 4.5, 2.5) + random.normal(0, 0.7, len(users)), 1, 5)
    new = np.arange(KNOWN, KNOWN + NEW)
    users, items = np.append(users, np.full(NEW, -1)), np.append(items, new)
    columns = {
        "user": CategoricalColumn(users.astype(np.int32), tuple(f"u{n:03}" for n in range(USERS))),
        "item": CategoricalColumn(items.astype(np.int32), tuple(f"i{n:03}" for n in range(KNOWN + NEW))),
        "age": NumericColumn(np.where(users >= 0, np.array(AGES)[users % 4], np.nan).astype(float)),
        "town": CategoricalColumn(np.where(users >= 0, users % 4, -1).astype(np.int32), ("A", "B", "C", "D")),
        "genre": CategoricalColumn((items % 4).astype(np.int32), GENRES),
    }
    if rated:
        columns["stars"] = NumericColumn(np.append(stars, np.full(NEW, np.nan)))
    return Frame(columns, len(users))


@cache
def train(*, rated, without=()):
    table = create_table(rated=rated)
    table = Frame({name: table.column(name) for name in table if name not in without}, table.rows)
    prepared = prepare_recommendation(
        table, user="user", item="item", rating="stars" if rated else None, split=SplitSpec(validation=0.1), seed=0
    )
    spec = choose_training(users=USERS, items=KNOWN + NEW, rows=table.rows, whole_bags=not rated)
    net = NeuralNet(prepared.train.width, spec.layers, prepared.train.outputs, seed=0)
    trainer = Trainer(net, prepared.train, prepared.validation, spec)
    list(trainer.run())
    trainer.finish()
    return create_model(prepared, net), prepared


def share_liked(recommender, names, *, of_new):
    """The share of the first six recommended, among new items alone or all, that the users' age is known to like."""
    left = [name for name in recommender.catalogue.items if int(name[1:]) < KNOWN] if of_new else ()
    found = [
        (user, each.item)
        for user in names
        for each in recommender.recommend(*recommender.find_history(user), limit=6, excluded=left)
    ]
    return np.mean([int(user[1:]) % 4 == int(item[1:]) % 4 for user, item in found])


@BOTH
def test_new_items_are_recommended_by_their_columns_and_without_these_by_chance(rated):
    users = [f"u{number:03}" for number in range(40)]
    model, prepared = train(rated=rated)
    assert model.recommender.catalogue.predicts_new
    assert share_liked(model.recommender, users, of_new=True) > 0.9
    blind, _ = train(rated=rated, without=("genre",))
    assert share_liked(blind.recommender, users, of_new=True) < 0.5
    assert any("not learned from" in reason for _, reason in prepared.skipped)


@BOTH
def test_new_items_are_also_among_the_best_of_all(rated):
    recommender = train(rated=rated)[0].recommender
    found = recommender.recommend(*recommender.find_history("u001"), limit=20)
    new = [each for each in found if int(each.item[1:]) >= KNOWN]
    assert len(new) >= 3
    assert {int(each.item[1:]) % 4 for each in new} == {1}


@BOTH
def test_a_new_user_is_told_what_users_with_the_same_columns_like(rated):
    recommender = train(rated=rated)[0].recommender
    nothing = recommender.fold_in(())
    for number, (town, age) in enumerate(zip("ABCD", AGES, strict=True)):
        found = recommender.recommend(*nothing, limit=10, columns={"town": town, "age": age})
        assert sum(int(each.item[1:]) % 4 == number for each in found) >= 9
    history = recommender.find_history("u001")
    assert recommender.recommend(*history, columns={"town": "A"}) == recommender.recommend(*history)
    unknown = recommender.recommend(*nothing, columns={"town": "Z"})
    assert len(unknown) == 10
    with pytest.raises(UnusableColumn, match="Did you mean 'town'"):
        recommender.recommend(*nothing, columns={"towns": "A"})
    with pytest.raises(UnusableColumn, match="'age' holds numbers"):
        recommender.recommend(*nothing, columns={"age": "old"})


@BOTH
def test_the_model_that_knows_columns_survives_its_bytes(rated):
    model = train(rated=rated)[0]
    again = Model.from_bytes(model.to_bytes()).recommender
    for columns in ({}, {"town": "B", "age": 35}):
        asked = {"limit": 30, "columns": columns}
        nothing = model.recommender.fold_in(())
        assert again.recommend(*nothing, **asked) == model.recommender.recommend(*nothing, **asked)


def test_the_map_is_ridge_regression():
    random = np.random.default_rng(0)
    x, y = np.column_stack([random.normal(size=(50, 3)), np.ones(50)]), random.normal(size=(50, 2))
    weights = random.uniform(0.1, 2, 50)
    found = fit_map(x, (x * weights[:, None]).T @ y, weights)
    expected = Ridge(alpha=1.0).fit(x[:, :3], y, sample_weight=weights)
    np.testing.assert_allclose(found[:3], expected.coef_.T, rtol=1e-6)
    np.testing.assert_allclose(found[3], expected.intercept_, rtol=1e-6)


def test_columns_that_tell_nothing_of_others_are_no_features():
    titles = Property(name="title", categories=tuple("abcdefgh"), values=pack_array(np.arange(8), np.int32))
    constant = Property(name="one", categories=(), values=pack_array(np.ones(8), np.float64))
    price = Property(name="price", categories=(), values=pack_array(np.arange(8.0), np.float64))
    features = Features([titles, constant, price], 8)
    assert len(features) == 1
    np.testing.assert_allclose(features.matrix.mean(axis=0), [0, 1], atol=1e-12)
    np.testing.assert_allclose(features.encode({"price": 7}), features.matrix[7])
    assert features.encode({"title": "a"}).tolist() == [0.0, 1.0]
