"""Files that are kept, by key: of datasets and of checkpoints, in a folder or in a bucket of an S3-compatible store."""

from contract.settings import Settings
from store.files.files import FileStore, FolderFileStore
from store.files.s3 import BucketFileStore


def open_file_store(settings: Settings) -> FileStore:
    """The file store of an installation, as its settings say; nothing is connected to or made yet."""
    return BucketFileStore(settings) if settings.storage_url else FolderFileStore(settings.data_dir / "files")
