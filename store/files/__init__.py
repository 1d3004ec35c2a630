"""Files that are kept, by key: of datasets and of checkpoints, in a folder or in a bucket of an S3-compatible store."""

from contract.settings import Settings
from store.files.files import FileStore, FolderFileStore
from store.files.s3 import Bucket, BucketFileStore


def open_file_store(settings: Settings) -> FileStore:
    """The file store of an installation, as its settings say; nothing is connected to or made yet."""
    if not settings.storage_url:
        return FolderFileStore(settings.data_dir / "files")
    name, _, prefix = settings.storage_url.removeprefix("s3://").partition("/")
    bucket = Bucket(
        name=name,
        prefix=prefix.strip("/"),
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key_id=settings.s3_access_key_id,
        secret_access_key=settings.s3_secret_access_key.get_secret_value(),
    )
    return BucketFileStore(bucket, settings.data_dir / "scratch")
