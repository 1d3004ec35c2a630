"""A Gradus server as a Python object: datasets go in, jobs train on them, models predict.

client = Client()
dataset = client.datasets.upload("houses.csv")
client.jobs.create(dataset=dataset, target="price", model_name="houses").wait()
client.models.predict("houses", {"location": "harbour", "sqft": 1200, "bedrooms": 3})
"""

from types import TracebackType
from typing import Self

from gradus.datasets import Datasets
from gradus.jobs import Jobs
from gradus.keys import Keys
from gradus.models import Models
from gradus.transport import Transport


class Client:
    """One caller of one server; may be used by many threads, and as a context manager.

    Args:
        url: where the server is; by default the environment's GRADUS_URL, or http://127.0.0.1:8000.
        api_key: who calls; by default the environment's GRADUS_API_KEY.
        timeout: the most seconds that an answer may take.
        retries: how often a request is sent again that was lost or met a busy server.

    Attributes:
        datasets: the uploaded tables.
        jobs: the requests to train.
        models: what was learned.
        keys: who may call.
    """

    def __init__(
        self, url: str | None = None, api_key: str | None = None, *, timeout: float = 30.0, retries: int = 3
    ) -> None:
        self._transport = Transport(url, api_key, timeout, retries)
        self.datasets = Datasets(self._transport)
        self.jobs = Jobs(self._transport)
        self.models = Models(self._transport)
        self.keys = Keys(self._transport)

    @property
    def url(self) -> str:
        """Where the server is."""
        return self._transport.url

    def close(self) -> None:
        """Close the sockets."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
