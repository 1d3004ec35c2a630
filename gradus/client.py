"""The client of a Gradus server: upload datasets, train jobs on them, predict with models.

client = Client()
dataset = client.datasets.upload("houses.csv")
client.jobs.create(dataset=dataset, target="price", model_name="houses").wait()
client.models.predict("houses", {"location": "harbour", "sqft": 1200, "bedrooms": 3})
"""

from contextlib import AbstractContextManager

from gradus.batches import Batches
from gradus.datasets import Datasets
from gradus.jobs import Jobs
from gradus.keys import Keys
from gradus.models import Models
from gradus.notebook import show_answers_as_tables
from gradus.sweeps import Sweeps
from gradus.transport import Transport
from gradus.webhooks import Webhooks


class Client(AbstractContextManager["Client"]):
    """A client of one server; may be used by many threads, and as a context manager.

    Args:
        url: the URL of the server; by default the environment's GRADUS_URL, or http://127.0.0.1:8000.
        api_key: the API key; by default the environment's GRADUS_API_KEY.
        timeout: the largest number of seconds that a response may take.
        retries: how often a request is retried that was lost or met a busy server.
    """

    def __init__(
        self, url: str | None = None, api_key: str | None = None, *, timeout: float = 30.0, retries: int = 3
    ) -> None:
        self._transport = Transport(url, api_key, timeout, retries)
        self.url = self._transport.url
        self.datasets = Datasets(self._transport)
        self.jobs = Jobs(self._transport)
        self.models = Models(self._transport)
        self.sweeps = Sweeps(self._transport)
        self.keys = Keys(self._transport)
        show_answers_as_tables()
        self.webhooks = Webhooks(self._transport)
        self.batches = Batches(self._transport)

    def check_readiness(self) -> dict[str, object]:
        """The state of the server and of what it depends on, from `/readyz`: each part is ok, degraded or down."""
        return self._transport.read_readiness()

    def close(self) -> None:
        """Close the sockets."""
        self._transport.close()

    def __exit__(self, *_: object) -> None:
        self.close()
