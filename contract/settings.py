"""Settings of an installation, from the environment; loaded in the `main` modules only.

Every field is an environment variable with the prefix GRADUS_: `data_dir` is GRADUS_DATA_DIR.
"""

import re
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, NonNegativeInt, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from process.address_guard import AddressGuard

BROKER_SCHEMES: Final = ("redis", "rediss")
SOCKET_SCHEMES: Final = ("redis+socket",)


class InvalidSettings(Exception):
    """A setting cannot be as it is; the message is one line for people, and shows no password.

    Args:
        name: the setting's; empty where several do not fit each other.
        reason: what is wrong with it.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"GRADUS_{name.upper()} {reason}." if name else f"{reason}.")
        self.name = name
        self.reason = reason


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
        default=SecretStr(""), repr=False, description="The secret that goes with it; never logged or shown."
    )

    host: str = Field(default="127.0.0.1", description="The address to listen on; only loopback until there is a key.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on.")
    service_processes: int = Field(default=1, ge=1, le=256, description="How many processes serve requests.")
    service_threads: int = Field(
        default=32,
        ge=2,
        le=1024,
        description="Threads in each for quick requests, and as many for each of uploads, other bodies, downloads, and "
        "event streams with waiting GETs; an owner gets half.",
    )
    model_cache_bytes: NonNegativeInt = Field(
        default=256 * 2**20, description="How much memory models ready to predict may take, in each process."
    )
    invocations_model: str = Field(
        default="",
        description="The model that /invocations asks, for clients of MLflow's scoring server: an id, name, `name:3` "
        "or `name@alias`. Empty: the only model that the caller has.",
    )
    tracking_url: str = Field(
        default="",
        description="The address of an MLflow server that jobs are logged to, such as http://mlflow:5000. Empty: none.",
    )
    tracking_token: SecretStr = Field(
        default=SecretStr(""), repr=False, description="The bearer token that it asks for; never logged or shown."
    )
    tracking_experiment: str = Field(default="gradus", min_length=1, description="The experiment of the runs there.")
    max_upload_bytes: int = Field(
        default=4 * 2**30, ge=1, description="The largest dataset file taken, before and after decompression."
    )
    max_body_bytes: int = Field(
        default=64 * 2**20,
        ge=1,
        description="The largest body of rows to predict from; a dataset's rows as JSON, and a job, may have 1 MiB.",
    )
    inline_read_bytes: NonNegativeInt = Field(
        default=4 * 2**20,
        description="Files up to this size are read within the upload request; larger ones on a worker.",
    )
    inline_read_seconds: float = Field(
        default=0.5,
        gt=0.0,
        le=10.0,
        description="How long that may take; what takes longer, such as a file of junk, is read on a worker too.",
    )
    jobs_per_owner: int = Field(
        default=1000, ge=1, description="How many jobs of one owner may wait or run; more are refused with 429."
    )
    batches_per_owner: int = Field(
        default=20, ge=1, description="How many batches of one owner may wait or run; more are refused with 429."
    )
    keep_batches_days: float = Field(
        default=7.0,
        ge=0.0,
        description="Batches that ended so many days ago are deleted with their output. 0: none are.",
    )
    webhooks_per_owner: int = Field(default=20, ge=1, description="How many webhooks one owner may have.")
    webhook_allowed_networks: str = Field(
        default="",
        description="Networks besides the internet whose addresses may be told to webhooks, such as "
        "10.1.0.0/16,127.0.0.1/32; empty: none, since whoever creates a webhook could reach what this network can.",
    )
    requests_per_minute: NonNegativeInt = Field(
        default=600_000,
        description="How many requests each process takes from one owner; more are refused with 429. 0: any number.",
    )
    upload_bytes_per_hour: NonNegativeInt = Field(
        default=256 * 2**30,
        description="How much each process lets one owner upload, as it is sent; more is refused with 429. 0: no end.",
    )
    wrong_keys_per_minute: NonNegativeInt = Field(
        default=60,
        description="How many wrong keys of one address each process answers with 401; more get 429. 0: all.",
    )
    require_key: bool = Field(
        default=False,
        description="Refuse every API request without a key, also of this machine and before there is a key.",
    )
    min_free_bytes: NonNegativeInt = Field(
        default=256 * 2**20,
        description="With less than this left on the disk uploads and jobs are refused with 507, and jobs wait.",
    )

    keep_jobs_days: float = Field(
        default=0.0,
        ge=0.0,
        description="Jobs that ended so many days ago are deleted with their epochs; their models stay. 0: none are.",
    )
    keep_datasets_days: float = Field(
        default=0.0,
        ge=0.0,
        description="Datasets that no job has learned from for so many days are deleted with their files. 0: none are.",
    )

    monitoring_rows: int = Field(
        default=20_000,
        ge=1000,
        le=1_000_000,
        description="How many recorded predictions of a model are kept, for feedback and monitoring: the newest.",
    )
    monitoring_days: float = Field(
        default=90.0, ge=0.0, description="Recorded predictions are deleted after so many days. 0: never for their age."
    )

    feature_net: str = Field(
        default="",
        description="A file of ONNX with a net that makes features of pictures, the same for service and workers. "
        "Empty: the net of the extra `images`, if it is installed.",
    )

    concurrency: int = Field(default=1, ge=1, le=256, description="How many jobs one worker trains at once.")
    trainer_memory_bytes: int = Field(
        default=0,
        ge=0,
        description="How much memory a trainer may take, and half as much to read a file; rows that do not fit are "
        "kept in a file. 0: its share of six tenths of what there is.",
    )
    lease_seconds: float = Field(
        default=30.0, gt=0.5, lt=60.0, description="How long a silent worker keeps its job before another takes over."
    )
    checkpoint_seconds: float = Field(
        default=5.0, gt=0.0, le=3600.0, description="How often a job's training is kept, to go on from when it is lost."
    )
    turn_seconds: float = Field(
        default=30.0,
        ge=1.0,
        le=86400.0,
        description="How long a job trains until it makes room for a job of another owner that finds no free worker.",
    )
    history_bytes: NonNegativeInt = Field(
        default=8 * 2**20, description="How much of a job's weights, epoch by epoch, is kept to look back at. 0: none."
    )
    reconcile_seconds: float = Field(
        default=2.0, gt=0.0, le=60.0, description="How often a worker looks for jobs and datasets without a hint."
    )
    log_level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error."
    )
    log_requests: str = Field(
        default="all",
        pattern="^(all|problems)$",
        description="all: a line for each request, at the level info; problems: for those answered with 4xx or 5xx.",
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

    @property
    def feature_net_file(self) -> Path | None:
        """The file of the net that makes features, if one is named."""
        return Path(self.feature_net) if self.feature_net else None

    @cached_property
    def address_guard(self) -> AddressGuard:
        """The guard of the addresses that others choose."""
        return AddressGuard.from_texts(self.webhook_allowed_networks.split(","))

    @field_validator("webhook_allowed_networks")
    @classmethod
    def _are_networks(cls, networks: str) -> str:
        try:
            AddressGuard.from_texts(networks.split(","))
        except ValueError as error:
            raise ValueError(f"must be networks such as 10.1.0.0/16, divided by commas: {error}") from None
        return networks

    @field_validator("broker_url")
    @classmethod
    def _is_broker(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            numbered = re.fullmatch(r"/?\d*", parts.path) is not None and not parts.fragment
            sound = not url or (parts.scheme in BROKER_SCHEMES and parts.port != 0 and numbered)
            sound |= parts.scheme in SOCKET_SCHEMES and parts.path.startswith("/")
        except ValueError:
            sound = False
        if not sound:
            advice = "write a password's characters other than letters and digits as %40 and the like"
            raise ValueError(f"must be a URL such as redis://:password@host:6379/0; {advice}")
        return url

    @model_validator(mode="after")
    def _has_keys_to_bucket(self) -> Self:
        if self.storage_url and not (self.s3_access_key_id and self.s3_secret_access_key.get_secret_value()):
            raise ValueError(
                "GRADUS_STORAGE_URL names a bucket, so set GRADUS_S3_ACCESS_KEY_ID and GRADUS_S3_SECRET_ACCESS_KEY too"
            )
        return self


def load_settings(**overrides: Any) -> Settings:
    """The settings of the environment, and over them those that are given.

    Raises:
        InvalidSettings: one of them is wrong.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
    name = str(wrong["loc"][0]) if wrong["loc"] else ""
    reason = wrong["msg"].replace("Input should", "must").removeprefix("Value error, ")
    if name and Settings.model_fields[name].repr:
        reason += f", not {wrong['input']!r}"
    raise InvalidSettings(name, reason)
