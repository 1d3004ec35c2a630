"""The installation's id: files are bound to one database, and refused to all others until an operator adopts them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from contract.settings import Settings
from migrations import upgrade
from store.database import SessionFactory, begin_read, begin_write, make_session_factory, open_database
from store.errors import ForeignFiles
from store.files import INSTALLATION_KEY, open_file_store
from store.files.files import FileStore, FolderFileStore
from store.installation import adopt_files, bind_at_start, bind_files, has_same_id
from store.tables import InstallationRow
from tests.object_storage import ObjectStorage, make_settings
from tests.unit.store.factories import add_dataset


@pytest.fixture
def files(tmp_path: Path) -> FolderFileStore:
    return FolderFileStore(tmp_path / "files")


def id_of(files: FileStore) -> str:
    return b"".join(files.read_chunks(INSTALLATION_KEY)).decode().strip()


def is_bound(db: SessionFactory, files: FileStore) -> bool:
    with begin_read(db) as s:
        row = s.get(InstallationRow, 1)
        return has_same_id(s, files) and row is not None and row.id == id_of(files)


def test_the_first_start_gives_both_an_id_and_later_ones_keep_it(db: SessionFactory, files: FolderFileStore) -> None:
    bind_files(db, files)
    first = id_of(files)
    bind_files(db, files)
    assert is_bound(db, files)
    assert id_of(files) == first
    files.delete(INSTALLATION_KEY)  # a crash between the commit and the file, or files that were moved away
    bind_files(db, files)
    assert id_of(files) == first


def add_stray_file(db: SessionFactory, files: FileStore) -> None:
    files.put([b"data"], "datasets/ds_foreign/original", 10)


def add_lost_dataset(db: SessionFactory, files: FileStore) -> None:
    with begin_write(db) as s:
        add_dataset(s)


def lose_row(db: SessionFactory, files: FileStore) -> None:
    """As a backup of the database that is older than the id: it may lack rows of newer files."""
    with begin_write(db) as s:
        files.put([b"data"], f"datasets/{add_dataset(s).id}/original", 10)
    files.put([b"ins_other\n"], INSTALLATION_KEY, 10)


def exchange(db: SessionFactory, files: FileStore) -> None:
    bind_files(db, files)
    files.put([b"ins_other\n"], INSTALLATION_KEY, 10)


@pytest.mark.parametrize("part", [add_stray_file, add_lost_dataset, lose_row, exchange])
def test_files_of_another_database_are_refused_until_they_are_adopted(
    db: SessionFactory, files: FolderFileStore, part: Callable[[SessionFactory, FileStore], None]
) -> None:
    part(db, files)
    before = {key: b"".join(files.read_chunks(key)) for key in files.list_keys()}
    with pytest.raises(ForeignFiles, match="gradus adopt") as refusal:
        bind_files(db, files)
    assert str(files.location) in refusal.value.finding
    assert {key: b"".join(files.read_chunks(key)) for key in files.list_keys()} == before

    adopt_files(db, files)

    bind_files(db, files)
    assert is_bound(db, files)
    assert id_of(files) != "ins_other"


def test_an_installation_without_an_id_gets_one_if_its_database_names_files(
    db: SessionFactory, files: FolderFileStore
) -> None:
    with begin_write(db) as s:
        known = add_dataset(s).id
    for name in (known, "ds_orphan"):
        files.put([b"data"], f"datasets/{name}/original", 10)
    bind_files(db, files)
    assert is_bound(db, files)


def test_two_installations_cannot_share_a_bucket(object_storage: ObjectStorage, tmp_path: Path) -> None:
    settings = make_settings(tmp_path, object_storage.bucket())
    refusals: list[str] = []
    for name in ("first", "second"):
        url = f"sqlite:///{tmp_path / name}.sqlite"
        upgrade.apply_migrations(url)
        refusals.append(bind_at_start(settings.model_copy(update={"database_url": url})))
    assert refusals[0] == ""
    assert settings.storage_url in refusals[1]
    assert list(open_file_store(settings).list_keys()) == [INSTALLATION_KEY]


def test_a_start_goes_on_while_the_files_cannot_be_reached(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    assert bind_at_start(Settings(data_dir=tmp_path, database_url=sqlite_url)) == ""
    engine = open_database(sqlite_url)
    with begin_read(make_session_factory(engine)) as s:
        assert s.get(InstallationRow, 1) is None
    engine.dispose()
