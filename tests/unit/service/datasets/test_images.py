"""Pictures of datasets over HTTP: uploads of archives, and one small picture of a row."""

import gzip
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from tests.pictures import cats_and_dogs, draw, png, tar_of, zip_of


def upload(client: FlaskClient, data: bytes, kind: str = "application/zip") -> dict[str, Any]:
    response = client.post("/v1/datasets?name=photos", data=data, content_type=kind)
    assert response.status_code == 201, response.get_data(as_text=True)
    return response.get_json()


@pytest.mark.parametrize(
    ("data", "kind", "form"),
    [
        (zip_of(cats_and_dogs()), "application/zip", "zip"),
        (zip_of(cats_and_dogs()), "application/octet-stream", "zip"),
        (zip_of(cats_and_dogs()), "application/x-zip-compressed", "zip"),
        (tar_of(cats_and_dogs()), "application/x-tar", "tar"),
        (gzip.compress(tar_of(cats_and_dogs())), "application/gzip", "tar"),
    ],
)
def test_an_archive_of_pictures_is_a_dataset(client: FlaskClient, data: bytes, kind: str, form: str) -> None:
    dataset = upload(client, data, kind)

    assert (dataset["status"], dataset["format"], dataset["rows"]) == ("ready", form, 6)
    image, label = dataset["columns"]
    assert (image["type"], image["missing"], label["type"]) == ("image", 0, "categorical")
    assert image["images"] == {
        "kinds": [{"value": "png", "count": 6}],
        "width": {"min": 32, "median": 32, "max": 32},
        "height": {"min": 24, "median": 24, "max": 24},
        "grey": False,
    }
    assert label["top"] == [{"value": "cat", "count": 3}, {"value": "dog", "count": 3}]
    rows = client.get(f"/v1/datasets/{dataset['id']}/rows?limit=1").get_json()["data"]
    assert rows == [{"image": "photos/cat/0.png", "label": "cat"}]
    content = client.get(f"/v1/datasets/{dataset['id']}/content")
    assert content.content_type == f"application/{'x-tar' if form == 'tar' else 'zip'}"


def test_a_picture_of_a_row_comes_at_a_size_and_is_not_sent_twice(client: FlaskClient) -> None:
    dataset = upload(client, zip_of({"cat/0.png": png(5), "dog/1.png": png(6, 600, 300)}))
    path = f"/v1/datasets/{dataset['id']}/images"

    whole, small = client.get(f"{path}/0"), client.get(f"{path}/1?size=64")

    assert (whole.status_code, whole.content_type) == (200, "image/png")
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(whole.data))), np.asarray(draw(5)))
    assert (small.content_type, Image.open(BytesIO(small.data)).size) == ("image/jpeg", (64, 32))
    again = client.get(f"{path}/1?size=64", headers={"If-None-Match": small.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(f"{path}/0?size=64", headers={"If-None-Match": small.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ("2", 404),
        ("-1", 404),
        ("x", 404),
        ("9" * 30, 404),
        ("0?size=1", 422),
        ("0?size=9999", 422),
        ("0?column=label", 404),
    ],
)
def test_a_picture_that_is_not_there_is_a_problem(client: FlaskClient, row: str, status: int) -> None:
    dataset = upload(client, zip_of(cats_and_dogs(1)))

    assert client.get(f"/v1/datasets/{dataset['id']}/images/{row}").status_code == status


def test_a_row_without_a_picture_and_a_table_without_pictures_say_so(client: FlaskClient) -> None:
    files = {"a.png": png(1), "list.csv": b"picture,y\na.png,1\nb.png,2\n"}
    dataset = upload(client, zip_of(files))
    plain = upload(client, b"a,b\n1,2\n", "text/csv")

    answer = client.get(f"/v1/datasets/{dataset['id']}/images/1")

    assert answer.status_code == 404
    assert "Row 1 has no image" in answer.get_json()["detail"]
    assert "no column of images" in client.get(f"/v1/datasets/{plain['id']}/images/0").get_json()["detail"]
