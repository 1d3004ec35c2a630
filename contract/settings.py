"""What the operator chooses, from the environment; read in the `main` modules only.

Every field is an environment variable with the prefix GRADUS_: `data_dir` is GRADUS_DATA_DIR.
"""

from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of one installation; service and workers of it must agree on the first three."""

    model_config = SettingsConfigDict(env_prefix="GRADUS_", frozen=True)

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("gradus"),
        description="Where datasets, and by default the database, are kept.",
    )
    database_url: str = Field(
        default="",
        repr=False,  # a password may stand in it
        description="The database: postgresql://user:password@host:5432/name. Empty: SQLite in the data directory.",
    )
    broker_url: str = Field(
        default="",
        repr=False,
        description="The broker, such as redis://host:6379/0. Empty: the one `gradus up` starts in the data directory.",
    )
    storage_url: str = Field(
        default="",
        pattern=r"^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*/?)?$",
        description="Where dataset files are kept, as s3://bucket/prefix. Empty: a folder in the data directory.",
    )
    s3_endpoint: str = Field(
        default="",
        pattern="^(https?://.+)?$",
        description="The address of an S3-compatible store. Empty: Amazon's own, by the region.",
    )
    s3_region: str = Field(default="us-east-1", description="The bucket's region.")
    s3_access_key_id: str = Field(default="", description="Who we are at the store; needed with a bucket.")
    s3_secret_access_key: SecretStr = Field(
        default=SecretStr(""), description="The secret that goes with it; never logged or shown."
    )

    host: str = Field(default="127.0.0.1", description="The address to listen on; only loopback until there is a key.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on.")
    service_processes: int = Field(default=1, ge=1, le=256, description="How many processes serve requests.")
    service_threads: int = Field(
        default=32, ge=2, le=1024, description="Threads in each; an open event stream or a waiting GET holds one."
    )
    model_cache_bytes: int = Field(
        default=256 * 2**20, ge=0, description="How much memory models ready to predict may take, in each process."
    )
    max_upload_bytes: int = Field(
        default=4 * 2**30, ge=1, description="The largest dataset file taken, before and after decompression."
    )
    max_body_bytes: int = Field(
        default=64 * 2**20, ge=1, description="The largest body that is not a dataset file, such as rows to predict."
    )
    inline_read_bytes: int = Field(
        default=4 * 2**20,
        ge=0,
        description="Files up to this size are read within the upload request; larger ones on a worker.",
    )
    jobs_per_owner: int = Field(
        default=1000, ge=1, description="How many jobs of one owner may wait or run; more are refused with 429."
    )
    requests_per_minute: int = Field(
        default=600_000,
        ge=0,
        description="How many requests each process takes from one owner; more are refused with 429. 0: any number.",
    )
    upload_bytes_per_hour: int = Field(
        default=256 * 2**30,
        ge=0,
        description="How much each process lets one owner upload, as it is sent; more is refused with 429. 0: no end.",
    )
    wrong_keys_per_minute: int = Field(
        default=60,
        ge=0,
        description="How many wrong keys each process looks up for one address; more are refused with 429. 0: all.",
    )
    min_free_bytes: int = Field(
        default=256 * 2**20, ge=0, description="Uploads and jobs are refused with 507 when the disk has less than this."
    )

    concurrency: int = Field(default=1, ge=1, le=256, description="How many jobs one worker trains at once.")
    trainer_memory_bytes: int = Field(
        default=0,
        ge=0,
        description="How much memory a trainer may take; rows that do not fit are kept in a file. "
        "0: its share of nine tenths of what there is.",
    )
    lease_seconds: float = Field(
        default=30.0, gt=0.5, lt=60.0, description="How long a silent worker keeps its job before another takes over."
    )
    reconcile_seconds: float = Field(
        default=2.0, gt=0.0, le=60.0, description="How often a worker looks for jobs whose hint was lost."
    )
    log_level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error."
    )
    log_format: str = Field(
        default="text", pattern="^(text|json)$", description="text for people, json for machines; one event a line."
    )

    @property
    def database(self) -> str:
        """The database's URL, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'gradus.sqlite'}"

    @property
    def broker(self) -> str:
        """The broker's URL, with the default filled in."""
        return self.broker_url or f"redis+socket://{self.data_dir / 'broker.sock'}"
