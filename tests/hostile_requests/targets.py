"""The targets of hostile requests: a wide table, categories, items, pictures and a text, with models, of one owner."""

import json
from dataclasses import dataclass
from typing import Any, Final

from tests.integration.server_under_attack import ServerUnderAttack
from tests.pictures import png, zip_of
from tests.running import wait_for

ROWS: Final = 40
CATEGORICAL_COLUMNS: Final = 200
NOUNS: Final = (("cat", "dog"), ("mouse", "house"), ("bird", "word"))
SCOPES: Final = ["read", "train", "predict"]


@dataclass(frozen=True)
class Targets:
    """Ids and names of what an owner has."""

    key: str
    columns: list[str]
    wide_dataset: str
    wide_model: str
    wide_job: str
    categorical_model: str
    large_model: str | None
    """A net larger than the model cache, or None if the service refused to train it."""
    items: list[str]
    recommender: str
    """A model that recommends the items."""
    pictures: str
    picture_model: str
    """A dataset of pictures, and a model that sees them."""
    writer: str
    """A model that writes, in subwords."""


class Owner:
    """An owner with a key of its own, who talks to a service."""

    def __init__(self, service: ServerUnderAttack, name: str) -> None:
        self.service = service
        asked = json.dumps({"name": name, "owner": name, "scopes": SCOPES}).encode()
        answer = service.ask("POST", "/v1/keys", asked, {"Content-Type": "application/json"})
        assert answer.status == 201, answer
        self.key = json.loads(answer.body)["key"]

    def ask(self, method: str, path: str, body: bytes | None = None, media_type: str = "application/json") -> Any:
        """The status of an answer, and its JSON."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": media_type}
        answer = self.service.ask(method, path, body, headers)
        return answer.status, json.loads(answer.body)

    def upload(self, table: bytes, media_type: str = "text/csv", name: str = "table.csv") -> str:
        """The id of a table, once it is read."""
        status, dataset = self.ask("POST", f"/v1/datasets?name={name}", table, media_type)
        assert status == 201, dataset
        identity = str(dataset["id"])
        wait_for(lambda: self.ask("GET", f"/v1/datasets/{identity}")[1]["status"] == "ready", "the table")
        return identity

    def submit(self, dataset: str, target: str | None, model: str, **spec: object) -> Any:
        """Ask for a job; its status and the answer."""
        asked = {"dataset_id": dataset, "target": target, "model_name": model, "preset": "fast", "epochs": 2, **spec}
        return self.ask("POST", "/v1/jobs", json.dumps(asked).encode())

    def train(self, dataset: str, target: str | None, model: str, **spec: object) -> str:
        """The id of a job that has succeeded."""
        status, job = self.submit(dataset, target, model, **spec)
        assert status == 202, job
        return self.wait_for_end(str(job["id"]))

    def wait_for_end(self, job: str) -> str:
        """Its id, once it has succeeded."""

        def has_ended() -> bool:
            status = self.ask("GET", f"/v1/jobs/{job}")[1]["status"]
            assert status in {"queued", "running", "succeeded"}, self.ask("GET", f"/v1/jobs/{job}")
            return status == "succeeded"

        wait_for(has_ended, "the end of the job")
        return job


def create_targets(owner: Owner, columns: int, items: int, large_units: int = 0) -> Targets:
    """Upload and train everything; `large_units` squared is the number of parameters of the large model, if any."""
    names = [f"measurement_of_a_quantity_number_{number:07d}" for number in range(columns)]
    lines = [",".join(f"{row * (column + 1) % 17}" for column in range(columns)) for row in range(ROWS)]
    wide = owner.upload("\n".join([",".join(names), *lines]).encode())
    units = [{"type": "dense", "units": 2}]
    job = owner.train(wide, names[0], "wide", layers=units)
    header = ",".join(f"c{column}" for column in range(CATEGORICAL_COLUMNS))
    cells = [",".join(f"v{row * (column + 1) % 5}" for column in range(CATEGORICAL_COLUMNS)) for row in range(200)]
    categorical = owner.upload("\n".join([header, *cells]).encode())
    owner.train(categorical, "c1", "categorical", layers=units)
    large = None
    if large_units:
        small = owner.upload(b"x,y\n" + b"".join(b"%d,%d\n" % (row, 2 * row) for row in range(30)))
        layers = [{"type": "dense", "units": large_units}] * 2
        status, answer = owner.submit(small, "y", "large", layers=layers, epochs=1, batch_size=32)
        if status == 202:
            owner.wait_for_end(str(answer["id"]))
            large = "large"
    choices = owner.upload(_write_choices(items))
    asked = {"task": "recommendation", "user": "user", "layers": [{"type": "dense", "units": 16}]}
    owner.train(choices, "item", "recommender", item="item", **asked)
    drawings = zip_of(
        {f"{label}/{n}.png": png(100 * (label == "dog") + n) for label in ("cat", "dog") for n in range(20)}
    )
    pictures = owner.upload(drawings, "application/zip", "drawings.zip")
    owner.train(pictures, "label", "pictures", image={"size": 32}, epochs=1)
    lines = [f"the {noun} {number % 7} saw a {other} of 中文 and ran" for number in range(200) for noun, other in NOUNS]
    text = owner.upload("\n".join(lines).encode(), "text/plain", "text.txt&format=text")
    language = {"tokenizer": "subwords", "vocabulary": 400, "context": 64}
    owner.train(text, None, "writer", task="language", text="text", language=language, epochs=1)
    return Targets(
        owner.key,
        names,
        wide,
        "wide",
        job,
        "categorical",
        large,
        [_name_item(number) for number in range(items)],
        "recommender",
        pictures,
        "pictures",
        "writer",
    )


def _write_choices(items: int) -> bytes:
    """A table of who chose what: three users of each item, which has a title of its own, one of 50 genres, a year."""
    users = max(20, items // 50)
    lines = [
        f"user {(7919 * number + 31 * time) % users},{_name_item(number)},Title of the work {number:06d},"
        f"genre {number % 50},{1900 + number % 120},country {(7919 * number + 31 * time) % users % 7}"
        for time in range(3)
        for number in range(items)
    ]
    return "\n".join(["user,item,title,genre,year,country", *lines]).encode()


def _name_item(number: int) -> str:
    return f"the item with number {number:07d}"
