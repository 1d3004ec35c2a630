"""Recommendations over HTTP: a table is uploaded, trained on and asked, and what does not apply says why."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from learning.spelling import NameIndex
from service.recommend.routes import MAX_WARNINGS
from tests.journeys import Journey
from tests.unit.learning.recommendation.books import BOOKS, read_books, train_books
from tests.unit.learning.recommendation.test_new_items_and_users import train as train_new
from tests.unit.service.factories import add_model, train_model

GENRES = {row["book"]: row["genre"] for row in read_books()}
FANTASY = ["The Amber Dragon", "The Last Oracle", "The Silent Sword"]
ASKED = {"task": "recommendation", "user": "reader", "item": "book"}


@pytest.fixture
def books(app: Flask) -> FlaskClient:
    """A client of an installation with the model `books` of ratings, and `houses`, which predicts a price."""
    add_model(app, train_books(rated=True)[0], "books")
    add_model(app, train_model("price"), "houses")
    return app.test_client()


def recommend(client: FlaskClient, ref: str = "books", status: int = 200, **body: Any) -> Any:
    response = client.post(f"/v1/models/{ref}/recommend", json=body)
    assert response.status_code == status, response.get_data(as_text=True)
    return response.json


def find_similar(client: FlaskClient, item: str) -> Any:
    return client.get(f"/v1/models/books/similar?item={item}&limit=3").json


def test_a_table_of_ratings_becomes_recommendations(journey: Journey):
    dataset = journey.upload(BOOKS.read_bytes(), name="books.csv")
    ratings = journey.train(dataset, "stars", "ratings", **ASKED, split={"test": 0.2})
    choices = journey.train(dataset, "book", "choices", **ASKED)
    for job, names in ((ratings, {"rmse", "mae"}), (choices, {"recall_at_10", "ndcg_at_10", "map_at_10"})):
        assert job["status"] == "succeeded", job["error"]
        assert set(job["latest"]["metrics"]) == names
        assert set(job["baselines"]["naive"]["metrics"]) == set(job["baselines"]["linear"]["metrics"]) == names
        assert any("Not learned from" in sentence for sentence in job["warnings"])
    assert [ratings["baselines"][kind]["name"] for kind in ("naive", "linear")] == ["mean", "levels"]
    assert [choices["baselines"][kind]["name"] for kind in ("naive", "linear")] == ["popularity", "linear_items"]
    rankings = [epoch["metrics"]["ndcg_at_10"] for epoch in journey.get(f"/v1/jobs/{choices['id']}/epochs")["data"]]
    best = choices["best"]
    assert (best["selected_by"], best["metrics"]["ndcg_at_10"]) == ("ndcg_at_10", max(rankings))
    assert best["epoch"] == rankings.index(max(rankings)) + 1
    assert ratings["best"]["selected_by"] is None
    model = journey.get("/v1/models/ratings")
    assert (model["task"], model["target"], set(model["metrics"])) == (
        "recommendation",
        "stars",
        {"validation", "test"},
    )
    assert len(recommend(journey.client, "choices", user="reader 1", limit=3)["items"]) == 3
    off = journey.get("/v1/models/ratings/recommendation-errors?split=test&limit=2")
    assert (len(off["data"]), off["has_more"], off["measured"]) == (2, True, 335)
    assert abs(off["data"][0]["rating"] - off["data"][0]["predicted"]) > 1
    missed = journey.get("/v1/models/choices/recommendation-errors")["data"][0]
    assert 1 < missed["rank"] <= missed["ranked"]
    assert len(missed["first"]) == 3
    final = journey.get(f"/v1/jobs/{ratings['id']}/item-map")
    assert "The Amber Dragon" in journey.get(f"/v1/jobs/{ratings['id']}/weights")["outputs"]
    began = journey.get(f"/v1/jobs/{ratings['id']}/item-map?epoch=0&limit=10")
    assert (final["total"], len(final["items"]), len(began["items"])) == (80, 80, 10)
    assert began["items"][0]["item"] == final["items"][0]["item"]
    assert (began["epoch"], final["epoch"]) == (final["kept_epochs"][0], final["kept_epochs"][-1])
    assert journey.get("/v1/models/ratings/evaluation")["metrics"]["rmse"] > 0
    for path in (
        f"/v1/jobs/{ratings['id']}",
        f"/v1/jobs/{ratings['id']}/diagnostics",
        f"/v1/jobs/{ratings['id']}/layers",
    ):
        journey.get(path)
    row = journey.get("/v1/models/ratings/schema")["examples"][0]
    (answer,) = journey.post("/v1/models/ratings/predict", {"rows": [row]})["predictions"]
    assert 1 <= answer["value"] <= 5


def test_a_user_gets_unseen_items_with_reasons(books: FlaskClient):
    seen = {row["book"] for row in read_books() if row["reader"] == "reader 1"}
    found = recommend(books, user="reader 1", limit=5)
    assert (found["object"], found["name"], found["warnings"]) == ("recommendations", "books", [])
    assert len(found["items"]) == 5
    assert not {each["item"] for each in found["items"]} & seen
    assert all({why["item"] for why in each["reasons"]} <= seen for each in found["items"])
    assert any(each["reasons"] for each in found["items"])


def test_liked_items_are_folded_in_and_unknown_ones_named(books: FlaskClient):
    found = recommend(books, liked=[*FANTASY, "no such book"], limit=5)
    assert [GENRES[each["item"]] for each in found["items"]].count("fantasy") >= 4
    assert found["warnings"] == ["'no such book' is no item of the training rows."]


def test_a_low_rating_is_no_liking(books: FlaskClient, app: Flask):
    crime = [name for name, genre in GENRES.items() if genre == "crime"][:3]
    loved = recommend(books, liked=[*FANTASY, *crime], limit=5)["items"]
    apart = [{"item": name, "rating": 1} for name in crime]
    found = recommend(books, liked=[*FANTASY, *apart], limit=5)["items"]
    genres = [[GENRES[each["item"]] for each in some] for some in (loved, found)]
    assert genres[1].count("crime") <= genres[0].count("crime")
    assert not {why["item"] for each in found for why in each["reasons"]} & set(crime)
    same = [{"item": name, "rating": 99} for name in FANTASY]
    assert recommend(books, liked=same)["items"] == recommend(books, liked=FANTASY)["items"]
    add_model(app, train_books(rated=False)[0], "choices")
    assert "learned from choices" in recommend(books, "choices", liked=same)["warnings"][0]
    problem = recommend(books, status=422, liked=[{"item": "The Amber Dragon"}])
    assert problem["errors"][0]["pointer"].startswith("#/liked/0")


def test_an_unknown_user_gets_what_most_like_and_a_warning(books: FlaskClient):
    found = recommend(books, user="nobody", limit=5)
    (warning,) = found["warnings"]
    assert "'nobody' is no user" in warning
    assert found["items"] == recommend(books, liked=[], limit=5)["items"]


def test_somebody_new_is_told_things_by_the_columns_of_users(app: Flask):
    add_model(app, train_new(rated=False)[0], "things")
    client = app.test_client()
    about: Any = client.get("/v1/models/things/items").json
    assert {column["name"]: column["type"] for column in about["user_columns"]} == {
        "town": "categorical",
        "age": "numeric",
    }
    found = recommend(client, "things", user_columns={"town": "C", "age": 50}, limit=5)
    assert found["warnings"] == []
    assert {int(each["item"][1:]) % 4 for each in found["items"]} == {2}
    beside = recommend(client, "things", user="nobody", user_columns={"town": "C", "age": 50}, limit=5)
    assert beside["items"] == found["items"]
    assert "by the columns alone" in beside["warnings"][0]
    problem = recommend(client, "things", status=422, user_columns={"towns": "C"})
    assert problem["errors"][0]["pointer"] == "#/user_columns"
    assert "Did you mean 'town'" in problem["errors"][0]["detail"]
    both = recommend(client, "things", status=422, user="u001", liked=["i001"], user_columns={"town": "C"})
    assert both["errors"][0]["code"] == "one_of"


def test_items_are_filtered_and_left_out(books: FlaskClient):
    best = recommend(books, user="reader 1", limit=2)["items"][0]["item"]
    left = recommend(books, user="reader 1", limit=100, exclude=[best], filter={"genre": ["crime", "travel"]})
    assert {GENRES[each["item"]] for each in left["items"]} == {"crime", "travel"}
    assert best not in {each["item"] for each in left["items"]}
    assert left["warnings"] == []
    misspelt = recommend(books, user="reader 1", filter={"genre": ["fantsy"]})
    assert (misspelt["items"], misspelt["warnings"]) == (
        [],
        ["No item has 'fantsy' as 'genre'. Did you mean 'fantasy'?"],
    )
    problem = recommend(books, status=422, user="reader 1", filter={"genres": "crime"})
    assert problem["errors"][0]["pointer"] == "#/filter"
    assert "Did you mean 'genre'" in problem["errors"][0]["detail"]


@pytest.mark.parametrize("body", [{}, {"user": "a", "liked": []}])
def test_one_of_user_and_liked_is_required(books: FlaskClient, body: dict[str, Any]):
    assert recommend(books, status=422, **body)["errors"][0]["code"] == "one_of"


def test_similar_items_are_of_the_same_genre(books: FlaskClient):
    found = find_similar(books, "The Amber Dragon")
    assert [GENRES[each["item"]] for each in found["items"]].count("fantasy") >= 2
    problem = find_similar(books, "the amber dragons")
    assert problem["errors"][0]["suggestion"] == "The Amber Dragon"


def test_items_and_users_are_found_by_parts_of_their_names(books: FlaskClient):
    found: Any = books.get("/v1/models/books/items?search=DRAGON amb").json
    assert [each["name"] for each in found["data"]] == ["The Amber Dragon"]
    assert (found["total"], found["has_more"]) == (80, False)
    assert found["columns"] == [
        {
            "name": "genre",
            "type": "categorical",
            "categories": ["crime", "fantasy", "science", "travel"],
            "minimum": None,
            "maximum": None,
        }
    ]
    assert found["ratings"] == {"minimum": 1, "maximum": 5}
    assert found["user_columns"] == []
    most: Any = books.get("/v1/models/books/items?limit=2").json
    assert most["has_more"]
    assert most["data"][0]["rows"] >= most["data"][1]["rows"] > 0
    users: Any = books.get("/v1/models/books/users?search=reader 1&limit=50").json
    assert all("1" in each["name"] for each in users["data"])
    assert users["total"] == 60
    assert books.get("/v1/models/books/items?limit=0").status_code == 422


def test_a_model_has_a_map_of_its_items(books: FlaskClient):
    found: Any = books.get("/v1/models/books/item-map?limit=50").json
    assert (found["object"], found["name"], found["total"]) == ("model_item_map", "books", 80)
    assert [each["rows"] for each in found["items"]] == sorted((each["rows"] for each in found["items"]), reverse=True)
    assert len(found["items"]) == 50
    assert (found["columns"], {each["value"] for each in found["items"]}) == (["genre"], {None})
    coloured: Any = books.get("/v1/models/books/item-map?limit=50&column=genre").json
    assert all(each["value"] == GENRES[each["item"]] for each in coloured["items"])
    problem: Any = books.get("/v1/models/books/item-map?column=genres").json
    assert (problem["errors"][0]["pointer"], problem["errors"][0]["suggestion"]) == ("?column", "genre")
    assert 0 < found["explained_share"] < 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "/v1/models/houses/items", None),
        ("get", "/v1/models/houses/users", None),
        ("get", "/v1/models/houses/item-map", None),
        ("get", "/v1/models/houses/recommendation-errors", None),
        ("post", "/v1/models/houses/recommend", {"user": "a"}),
        ("get", "/v1/models/houses/similar?item=a", None),
        ("post", "/v1/models/books/explain", {"rows": [{"reader": "reader 1", "book": "The Amber Dragon"}]}),
    ],
)
def test_what_does_not_apply_is_answered_with_the_reason(books: FlaskClient, method: str, path: str, body: Any):
    response = books.open(path, method=method, json=body)
    problem: Any = response.json
    assert (response.status_code, problem["type"]) == (422, "/problems/not-for-task")


def test_models_of_others_are_not_found(app: Flask):
    add_model(app, train_books(rated=True)[0], "theirs", owner="other")
    recommend(app.test_client(), "theirs", status=404, user="reader 1")


@pytest.mark.parametrize(
    ("asked", "pointer", "code"),
    [
        ({"item": "book"}, "#/user", "missing"),
        ({"user": "readers", "item": "book"}, "#/user", "unknown_column"),
        ({"user": "reader", "item": "book", "target": "genre"}, "#/target", "task_unfit"),
        ({"user": "reader", "item": "book", "features": ["genre"]}, "#/features", "task_unfit"),
        ({"user": "reader", "item": "book", "weight_column": "stars"}, "#/weight_column", "task_unfit"),
        ({"user": "reader", "item": "book", "embedding": {"dimensions": 4}}, "#/embedding", "task_unfit"),
        ({"user": "reader", "item": "book", "loss": "mae"}, "#/loss", "loss_unfit"),
        ({"user": "reader", "item": "book", "target": "stars", "loss": "cross_entropy"}, "#/loss", "loss_unfit"),
        ({"user": "book", "item": "book"}, "#/user", "contradiction"),
        ({"user": "reader", "item": "date"}, "#/item", "unusable_column"),
        ({"task": "auto", "target": "stars", "user": "reader"}, "#/user", "task_unfit"),
    ],
)
def test_a_job_that_cannot_work_is_refused_with_its_place(
    journey: Journey, asked: dict[str, Any], pointer: str, code: str
):
    dataset = journey.upload(BOOKS.read_bytes())
    answer = journey.post("/v1/jobs/validate", {"dataset_id": dataset["id"], "task": "recommendation", **asked})
    assert [(error["pointer"], error["code"]) for error in answer["errors"]] == [(pointer, code)]


def test_defaults_are_filled_in(journey: Journey):
    dataset = journey.upload(BOOKS.read_bytes())
    answer = journey.post("/v1/jobs/validate", {"dataset_id": dataset["id"], **ASKED})
    spec = answer["spec"]
    assert answer["valid"]
    assert (spec["target"], spec["loss"], [layer["type"] for layer in spec["layers"]]) == (
        "book",
        "mse",
        ["dropout", "dense"],
    )
    assert spec["weight_decay"] > 0
    assert answer["warnings"] == []
    other = journey.post("/v1/jobs/validate", {"dataset_id": dataset["id"], **ASKED, "loss": "cross_entropy"})["spec"]
    assert (other["weight_decay"], [layer["type"] for layer in other["layers"]]) == (0, ["dropout", "dense", "dropout"])


def test_what_was_meant_by_many_unknown_values_is_looked_for_in_one_column(
    books: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []
    suggest = NameIndex.suggest
    monkeypatch.setattr(NameIndex, "suggest", lambda self, name: asked.append(name) or suggest(self, name))
    unknown = [f"Fantasi {number}" for number in range(5000)]

    found = recommend(books, user="reader 1", filter={"genre": unknown}, exclude=unknown)

    assert len(asked) <= MAX_WARNINGS
    assert len(found["warnings"]) == MAX_WARNINGS
