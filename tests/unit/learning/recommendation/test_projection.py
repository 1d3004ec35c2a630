"""Maps of items: the principal components of their vectors, beside those of the covariance matrix."""

import numpy as np
import pytest

from learning.recommendation.name_search import search_names
from learning.recommendation.projection import project_items
from tests.unit.learning.recommendation.books import read_books, train_books


def test_a_map_has_the_variances_of_the_two_principal_components():
    random = np.random.default_rng(0)
    vectors = random.normal(size=(60, 5)) @ np.diag([3.0, 2.0, 1.0, 0.5, 0.2])
    found = project_items(vectors.__getitem__, np.ones(60, int), 60)
    variances, axes = np.linalg.eigh(np.cov(vectors.T))
    np.testing.assert_allclose(np.cov(found.positions.T), np.diag(variances[:-3:-1]), atol=1e-9)
    assert found.explained_share == pytest.approx(variances[-2:].sum() / variances.sum())
    expected = (vectors - vectors.mean(axis=0)) @ axes[:, :-3:-1]
    np.testing.assert_allclose(np.abs(found.positions), np.abs(expected), atol=1e-9)
    largest = np.abs(found.positions).argmax(axis=0)
    assert (found.positions[largest, [0, 1]] > 0).all()
    np.testing.assert_allclose(
        project_items((-vectors).__getitem__, np.ones(60, int), 60).positions, found.positions, atol=1e-9
    )


def test_a_map_shows_the_items_of_most_rows():
    vectors = np.eye(4)
    asked = []
    found = project_items(lambda numbers: asked.append(numbers) or vectors[numbers], np.array([3, 9, 1, 9]), 3)
    assert [numbers.tolist() for numbers in asked] == [[1, 3, 0]]  # the vectors of all may take gigabytes
    assert found.numbers.tolist() == [1, 3, 0]
    assert found.positions.shape == (3, 2)


@pytest.mark.parametrize("odd", [np.nan, np.inf, None], ids=["nan", "inf", "all alike"])
def test_vectors_without_a_map_lie_in_its_middle(odd):
    vectors = np.ones((3, 2))
    vectors[0, 0] = 1.0 if odd is None else odd
    found = project_items(vectors.__getitem__, np.ones(3, int), 3)
    assert (np.abs(found.positions) < 1e-12).all()
    assert found.explained_share == 0.0


def test_books_of_a_genre_lie_together():
    recommender = train_books(rated=True)[0].recommender
    genres = {row["book"]: row["genre"] for row in read_books()}
    found = project_items(recommender.find_vectors, recommender.catalogue.item_counts, 80)
    names = [recommender.catalogue.items[number] for number in found.numbers]
    distances = np.linalg.norm(found.positions[:, None] - found.positions, axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argmin(axis=1)
    assert np.mean([genres[name] == genres[names[near]] for name, near in zip(names, nearest, strict=True)]) > 0.6


def test_names_are_found_by_parts_of_their_words_in_any_case():
    names = ("The Amber Dragon", "The Last Oracle", "AMBER ROAD", "Straße")
    counts = np.array([2, 9, 5, 1])
    assert search_names(names, counts, "", 2) == [1, 2]
    assert search_names(names, counts, "amb", 9) == [2, 0]
    assert search_names(names, counts, "drag the", 9) == [0]
    assert search_names(names, counts, "STRASSE", 9) == [3]
    assert search_names(names, counts, "nothing", 9) == []
