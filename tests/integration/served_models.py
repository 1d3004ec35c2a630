"""A real service with a model of each kind, for the clients of other protocols."""

from pathlib import Path

from contract.settings import Settings
from service.app import create_app
from tests.integration.server_under_attack import ServerUnderAttack
from tests.unit.learning.recommendation.books import train_books
from tests.unit.service.factories import add_model, sessions_of, train_model
from tests.unit.service.generate.test_generate import train_writer
from tests.unit.service.predict.test_pictures import train_on_colours

ROWS = [
    {"sqft": 1200.5, "area": "north", "garden": True},
    {"sqft": 800.0, "area": "south", "garden": False},
    {"sqft": None, "area": "west", "garden": True},
]
"""Houses to predict the prices of."""


def serve_models(folder: Path, **settings: object) -> ServerUnderAttack:
    """A service with these models, and `houses@live` for the first version."""
    service = ServerUnderAttack(folder, **settings)
    add_models(folder)
    answer = service.ask(
        "PUT", "/v1/models/houses/aliases/live", b'{"version":1}', {"Content-Type": "application/json"}
    )
    assert answer.status == 200, answer
    return service


def add_models(folder: Path) -> None:
    """Add `houses` in two versions, and the others that are named below, to the database in a data folder."""
    app = create_app(
        Settings(
            data_dir=folder,
            database_url=f"sqlite:///{folder / 'gradus.sqlite'}",
            broker_url=f"redis+socket://{folder}/no-broker.sock",
        )
    )
    for model, name in (
        (train_model("price"), "houses"),
        (train_model("price", 1), "houses"),
        (train_model("dear"), "dear"),
        (train_on_colours(), "colours"),
        (train_books(rated=True)[0], "books"),
        (train_writer(), "poet"),
    ):
        add_model(app, model, name)
    sessions_of(app).kw["bind"].dispose()
