"""Features of pictures, kept file by file: made once, gone on with after an interruption, and always the same bits."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from learning.image_features import FeatureNet
from store.files import delete_dataset_files, measure_features, table_key
from store.files.files import FolderFileStore
from tables import FeatureReader, find_feature_net, ingest, load_frame, use_net_file
from tests.pictures import cats_and_dogs, zip_of
from tests.tiny_onnx import write_net
from worker.training import feature_store
from worker.training.feature_store import Report, StoredFeatures, make_stored_features

PROFILE = [{"name": "image", "type": "image"}, {"name": "label", "type": "categorical"}]
DATASET = "ds_1"


class Stopped(Exception):
    """What stops a job in the middle."""


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FeatureNet]:
    """A tiny net of ONNX; files of four rows, so that 22 pictures have six."""
    monkeypatch.setattr(feature_store, "ROWS_PER_FILE", 4)
    monkeypatch.setattr(feature_store, "ROWS_AT_ONCE", 2)
    (tmp_path / "net.onnx").write_bytes(write_net())
    use_net_file(tmp_path / "net.onnx")
    yield find_feature_net(32)
    use_net_file(None)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    source, parquet = tmp_path / "photos.zip", tmp_path / "table.parquet"
    source.write_bytes(zip_of(cats_and_dogs(11)))
    assert ingest(source, "zip", parquet).rows == 22
    return parquet


@pytest.fixture
def stored(tmp_path: Path, net: FeatureNet) -> StoredFeatures:
    return StoredFeatures(FolderFileStore(tmp_path / "files"), DATASET, "image", net)


def stop_after(calls: int) -> Report:
    left = iter(range(calls))

    def check(_share: float, _is_kept: bool) -> None:
        if next(left, None) is None:
            raise Stopped

    return check


def test_features_that_are_kept_are_those_that_are_made_now(table: Path, stored: StoredFeatures) -> None:
    reader = make_stored_features(stored, table, 2, lambda *_: None)

    kept = load_frame(table, ["image"], PROFILE, images={"image": reader})["image"]
    made = load_frame(table, ["image"], PROFILE, images={"image": FeatureReader(stored.net)})["image"]

    assert (kept.values == made.values).all()
    assert kept.present.all()
    assert np.ptp(kept.values, axis=0).min() > 0


def test_a_job_that_is_stopped_goes_on_with_the_file_that_it_was_at(
    table: Path, stored: StoredFeatures, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Stopped):
        make_stored_features(stored, table, 1, stop_after(7))
    assert [stored.has_file(number, 4) for number in range(6)] == [True, True, False, False, False, False]

    made: list[int] = []
    write_file = StoredFeatures.write_file

    def note_file(self: StoredFeatures, number: int, values: np.ndarray) -> None:
        made.append(number)
        write_file(self, number, values)

    monkeypatch.setattr(StoredFeatures, "write_file", note_file)
    make_stored_features(stored, table, 1, lambda *_: None)
    make_stored_features(stored, table, 1, lambda *_: pytest.fail("all of them are kept"))
    assert made == [2, 3, 4, 5]


def test_a_file_that_was_cut_is_made_again(table: Path, stored: StoredFeatures) -> None:
    make_stored_features(stored, table, 1, lambda *_: None)
    whole = stored.read_file(1)
    stored.write_file(1, whole[:2])

    make_stored_features(stored, table, 1, lambda *_: None)

    assert (stored.read_file(1) == whole).all()


def test_it_is_told_how_far_they_are(table: Path, stored: StoredFeatures) -> None:
    told: list[tuple[float, bool]] = []

    make_stored_features(stored, table, 1, lambda share, is_kept: told.append((share, is_kept)))

    assert [share for share, is_kept in told if is_kept] == [4 / 22, 8 / 22, 12 / 22, 16 / 22, 20 / 22, 1.0]
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert measure_features(stored.files, DATASET) == 22 * 5 * 4


def test_any_rows_get_their_features(table: Path, stored: StoredFeatures) -> None:
    make_stored_features(stored, table, 1, lambda *_: None)
    made = load_frame(table, ["image"], PROFILE, images={"image": FeatureReader(stored.net)})["image"]
    pictures = pl.read_parquet(table)["image"]

    for start, stop in [(0, 22), (3, 9), (4, 8), (5, 6), (20, 22)]:
        assert (stored.read(pictures[start:stop], start).values == made.values[start:stop]).all(), (start, stop)


def test_features_of_another_net_or_size_are_others(stored: StoredFeatures) -> None:
    keys = {
        StoredFeatures(stored.files, DATASET, column, FeatureNet(sha256, 5, size)).key(0)
        for column in ("image", "photo")
        for sha256 in ("a" * 64, "b" * 64)
        for size in (32, 64)
    }
    assert len(keys) == 8


def test_features_are_deleted_with_their_dataset(table: Path, stored: StoredFeatures, tmp_path: Path) -> None:
    make_stored_features(stored, table, 1, lambda *_: None)
    stored.files.put([b"another"], table_key("ds_12"), 10)

    delete_dataset_files(stored.files, DATASET)

    assert list(stored.files.list_keys()) == [table_key("ds_12")]
    assert not (tmp_path / "files" / "datasets" / DATASET).exists()
