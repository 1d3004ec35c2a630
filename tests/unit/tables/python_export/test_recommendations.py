"""Exported files of models that recommend: the same items and scores, with NumPy and without."""

from pathlib import Path

import numpy as np
import pytest

from learning.model import create_model
from learning.nn.layers import Dense, Norm
from learning.nn.net import NeuralNet
from tables import frame_from_rows
from tests.unit.learning.recommendation import test_new_items_and_users as new_items
from tests.unit.learning.recommendation.books import prepare_books, train_books
from tests.unit.tables.python_export.exports import run_export, write_export


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("rated", [True, False])
def test_users_and_items_are_answered_alike(tmp_path: Path, rated: bool, plain: bool) -> None:
    model = train_books(rated=rated)[0]
    assert model.recommender is not None
    recommender, exported = model.recommender, write_export(tmp_path, model)
    users, items = recommender.encoder.users[:4], recommender.catalogue.items[:5]
    pairs = [{"reader": user, "book": item} for user in (*users, "nobody", None) for item in (*items, "nothing")]

    code = f"""
result = [
    predict({pairs!r}),
    [recommend(user, limit=7) for user in {[*users, "nobody"]!r}],
    recommend(liked={[*items[:3], "nothing"]!r}, limit=5, exclude={list(items[3:])!r}),
    recommend({users[0]!r}, limit=5, exclude_seen=False),
    similar({items[0]!r}, limit=6),
]
"""
    predicted, recommended, liked, seen, alike = run_export(exported, code, plain=plain)

    numbers = model.predict(frame_from_rows(pairs, model.inputs))[0].numbers[:, 0]
    np.testing.assert_allclose([each["value"] for each in predicted], numbers, rtol=2e-6, atol=1e-7)
    for user, found in zip((*users, "nobody"), recommended, strict=True):
        history = recommender.find_history(user) or recommender.fold_in(())
        assert_same_items(found, recommender.recommend(*history, limit=7))
    of_liked = recommender.recommend(*recommender.fold_in(items[:3]), limit=5, excluded=items[3:])
    assert_same_items(liked, of_liked)
    history = recommender.find_history(users[0])
    assert history is not None
    assert_same_items(seen, recommender.recommend(*history, limit=5, exclude_seen=False))
    expected = recommender.find_similar(items[0], 6) or []
    assert [each["item"] for each in alike] == [each.item for each in expected]
    np.testing.assert_allclose(
        [each["similarity"] for each in alike], [each.similarity for each in expected], rtol=1e-5
    )


def assert_same_items(found, expected) -> None:
    assert [each["item"] for each in found] == [each.item for each in expected]
    np.testing.assert_allclose([each["score"] for each in found], [each.score for each in expected], rtol=2e-6)


@pytest.mark.parametrize("layers", [(), (Norm(), Dense(units=6, activation="silu")), (Dense(units=6), Norm())])
def test_nets_of_other_layers_are_answered_alike(tmp_path: Path, layers) -> None:
    prepared = prepare_books(rated=True, validation=0.1)
    net = NeuralNet(prepared.train.width, layers, prepared.train.outputs, seed=0)
    model = create_model(prepared, net)
    assert model.recommender is not None
    user = model.recommender.encoder.users[3]

    found = run_export(write_export(tmp_path, model), f"result = recommend({user!r}, limit=9)", plain=True)

    history = model.recommender.find_history(user)
    assert history is not None
    assert_same_items(found, model.recommender.recommend(*history, limit=9))


def test_items_that_nobody_chose_yet_are_scored_by_their_columns(tmp_path: Path) -> None:
    model = new_items.train(rated=True)[0]
    assert model.recommender is not None
    assert model.recommender.catalogue.predicts_new
    user = model.recommender.encoder.users[0]

    found = run_export(write_export(tmp_path, model), f"result = recommend({user!r}, limit=99)", plain=False)

    history = model.recommender.find_history(user)
    assert history is not None
    scores = {each.item: each.score for each in model.recommender.recommend(*history, limit=99)}
    assert {each["item"]: pytest.approx(each["score"], rel=1e-5) for each in found} == scores
