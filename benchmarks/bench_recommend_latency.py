"""How long it takes to be recommended something among 100,000 items, by a real server over eight connections.

    make bench-recommend

A model as a job makes it by default, with first weights instead of learned ones, lies in a data folder that one process
of the service serves, as it runs in production. Eight connections ask at once, each for another user, with and without
a filter. What was measured while the host took more than a twentieth of the cores' time away is measured again. The
exit status is 0 if of each kind of request 99 of 100 were answered within the bar.
"""

import json
import os
import signal
import sys
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in a service

import numpy as np
from bench_predict import store_model
from bench_serve import free_port, is_answering, run_program, wait_until
from serving import load
from serving.quiet import QuietMeasurer

from contract.settings import Settings
from gradus.launcher.commands import MALLOC
from learning.data.split_spec import SplitSpec
from learning.frame import CategoricalColumn, Frame
from learning.model import Model, create_model
from learning.nn.net import NeuralNet
from learning.recommendation.defaults import choose_training
from learning.recommendation.prepare import prepare_recommendation
from migrations import upgrade
from service.app import create_app
from store.installation import bind_at_start

ITEMS: Final = 100_000
USERS: Final = 2_000
KINDS: Final = 50
CHOICES: Final = 300_000
CONNECTIONS, WARM_UP, SECONDS, MAX_REQUESTS, ROUNDS = 8, 2.0, 5.0, 2_000, 3
MAX_P99_MILLISECONDS: Final = 50.0


def main() -> int:
    """Make the model, serve it, ask, print; 0 if the bar is met."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is ended
    with tempfile.TemporaryDirectory(prefix="gradus-bench-") as folder:
        data, log = Path(folder) / "data", Path(folder) / "service.log"
        data.mkdir()
        install_model(data, make_model())
        port = free_port()
        settings = {"GRADUS_DATA_DIR": str(data), "GRADUS_PORT": str(port), "GRADUS_REQUESTS_PER_MINUTE": str(10**9)}
        with run_program([sys.executable, "-m", "service"], log, **settings, **MALLOC) as service:
            wait_until(lambda: is_answering(f"http://127.0.0.1:{port}/healthz"), log)
            slowest = max(measure(port, service.pid, name, bodies) for name, bodies in list_bodies().items())
    print(f"{slowest:.1f} ms (bar {MAX_P99_MILLISECONDS})")
    return int(slowest > MAX_P99_MILLISECONDS)


def list_bodies() -> dict[str, list[dict[str, object]]]:
    """The bodies that the connections send, for each kind of request."""
    users = [f"user {number * 97}" for number in range(CONNECTIONS)]
    liked = [[f"item {start + place}" for place in range(20)] for start in range(CONNECTIONS)]
    return {
        "for a user": [{"user": user} for user in users],
        "for a user, filtered": [{"user": user, "filter": {"kind": ["kind 1", "kind 2"]}} for user in users],
        "for a list of 20": [{"liked": items} for items in liked],
    }


def measure(port: int, process: int, name: str, bodies: list[dict[str, object]]) -> float:
    """Ask for some seconds, several times, and print what it took; the 99th percentile in milliseconds."""
    asked = [
        load.encode_post("/v1/models/shop/recommend", json.dumps(body).encode(), Content_Type="application/json")
        for body in bodies
    ]
    found = json.loads(load.send_once(port, asked[0])[1])
    if len(found["items"]) != 10 or found["warnings"]:
        raise SystemExit(f"the server answered {found}")
    load.run_load(port, asked, CONNECTIONS, WARM_UP, MAX_REQUESTS)
    watch, rounds, began = QuietMeasurer(), list[load.Round](), read_processor_seconds(process)
    for _ in range(ROUNDS):
        ask = partial(load.run_load, port, asked, CONNECTIONS, SECONDS, MAX_REQUESTS)
        rounds.append(watch.measure(ask))
    spent = read_processor_seconds(process) - began
    p50, p99 = (1000 * float(np.median([each.percentile(share) for each in rounds])) for share in (0.5, 0.99))
    per_second = float(np.median([each.per_second for each in rounds]))
    # of rounds that were made again only the processor's time is counted, so that this is at most too much
    each = 1000 * spent / sum(len(one.seconds) for one in rounds)
    print(
        f"{name:22}{per_second:6.0f} a second, median {p50:5.1f} ms, p99 {p99:5.1f} ms, {each:4.1f} ms of a processor"
    )
    print(f"{'':22}{watch.describe()}")
    return p99


def read_processor_seconds(session: int) -> float:
    """The seconds of a processor that the processes of a session have used so far (proc_pid_stat(5))."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            fields = stat.read_text().rpartition(")")[2].split()  # from the state on
            ticks += int(fields[11]) + int(fields[12]) if int(fields[3]) == session else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def make_model() -> Model:
    """A model of choices, of which some items are chosen much more often than others."""
    random = np.random.default_rng(0)
    popular = (ITEMS * random.random(CHOICES) ** 2).astype(np.int32)
    items = np.concatenate([popular, np.arange(ITEMS, dtype=np.int32)])
    users = random.integers(0, USERS, len(items)).astype(np.int32)
    columns = {"user": (users, USERS), "item": (items, ITEMS), "kind": (items % KINDS, KINDS)}
    table = Frame(
        {
            name: CategoricalColumn(codes.astype(np.int32), tuple([f"{name} {code}" for code in range(count)]))
            for name, (codes, count) in columns.items()
        },
        len(items),
    )
    prepared = prepare_recommendation(
        table, user="user", item="item", rating=None, split=SplitSpec(validation=0.0), seed=0
    )
    layers = choose_training(users=USERS, items=ITEMS, rows=len(items), whole_bags=True).layers
    return create_model(prepared, NeuralNet(ITEMS, layers, ITEMS, seed=0))


def install_model(data: Path, model: Model) -> None:
    """Put the model where the service finds it."""
    upgrade.apply_migrations(f"sqlite:///{data / 'gradus.sqlite'}")
    settings = Settings(data_dir=data, broker_url="redis+socket:///nowhere.sock", min_free_bytes=0)
    if problem := bind_at_start(settings):
        raise SystemExit(problem)
    store_model(create_app(settings), model, "shop", user="user", item="item", task="recommendation")


if __name__ == "__main__":
    sys.exit(main())
