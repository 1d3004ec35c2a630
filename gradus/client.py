"""The client of a Gradus server: upload datasets, train jobs on them, predict with models.

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
    """A client of one server; may be used by many threads, and as a context manager.

    Args:
        url: the URL of the server; by default the environment's GRADUS_URL, or http://127.0.0.1:8000.
        api_key: the API key; by default the environment's GRADUS_API_KEY.
        timeout: the largest number of seconds that a response may take.
        retries: how often a request is retried that was lost or met a busy server.

    Attributes:
        datasets: the uploaded tables.
        jobs: the requests to train.
        models: the trained models.
        keys: the API keys.
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
        """The URL of the server."""
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
