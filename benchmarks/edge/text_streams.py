"""Four texts written at once, again and again: how soon each begins, and how long others' predictions wait."""

import http.client
import json
import threading
import time
from pathlib import Path
from typing import Final

from benchmarks.edge.installation import EdgeInstallation, Probes

STREAMS: Final = 4
TEXTS: Final = 25
TOKENS: Final = 200
CALM_SECONDS: Final = 3.0
MAX_FIRST_SECONDS: Final = 0.1
MAX_PREDICTION_SECONDS: Final = 0.015
"""The bar of `make bench-serve` for the 99th percentile of one-row predictions."""
PLAYS: Final = Path(__file__).parents[2] / "examples" / "plays.txt"


def measure_text_streams(installation: EdgeInstallation, probes: Probes) -> bool:
    """True if 99 of 100 first tokens, and of another owner's predictions, come within their bars."""
    owner = installation.hostile
    dataset = owner.upload(PLAYS.read_bytes(), "text/markdown", "plays.md")
    spec = {"task": "language", "text": "text", "epochs": 1, "language": {"windows": 64}}  # the net is that of defaults
    owner.train(dataset, None, "writer", **spec)
    firsts: list[float] = []
    rates: list[float] = []

    def write_texts(number: int) -> None:
        for turn in range(TEXTS):
            first, whole = _write_text(installation, seed=number * TEXTS + turn)
            firsts.append(first)
            rates.append(TOKENS / whole)

    _write_text(installation, seed=0)  # loads the model
    probes.start()
    time.sleep(CALM_SECONDS)
    calm = sorted(probes.stop())
    probes.start()
    writers = [threading.Thread(target=write_texts, args=[number]) for number in range(STREAMS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    waits = sorted(probes.stop())
    firsts.sort()
    first, wait = (each[int(0.99 * len(each))] for each in (firsts, waits))
    print(f"streams   predictions before: p50 {calm[len(calm) // 2] * 1000:.1f} ms, ", end="")
    print(f"p99 {calm[int(0.99 * len(calm))] * 1000:.1f} ms")
    rate = sorted(rates)[len(rates) // 2]
    print(f"streams   {STREAMS} at once, {len(firsts)} texts of {TOKENS} tokens, {rate:.0f} a second each")
    for what, taken, slow, bar in (
        ("the first token", firsts, first, MAX_FIRST_SECONDS),
        ("another owner's one-row prediction", waits, wait, MAX_PREDICTION_SECONDS),
    ):
        median = taken[len(taken) // 2]
        print(f"streams   {what}: p50 {median * 1000:.1f} ms, p99 {slow * 1000:.1f} ms; bar: {bar * 1000:.0f} ms")
    written = len(firsts) == STREAMS * TEXTS and not probes.failures
    return written and first < MAX_FIRST_SECONDS and wait < MAX_PREDICTION_SECONDS


def _write_text(installation: EdgeInstallation, seed: int) -> tuple[float, float]:
    """The seconds until the first piece of a text came, and until its end."""
    asked = {"prompt": "ROMEO:\nBut soft, what light", "max_tokens": TOKENS, "seed": seed}
    headers = {
        "Authorization": f"Bearer {installation.hostile.key}",
        "Content-Type": "application/json",
        "Accept": "text/event-stream",
    }
    connection = http.client.HTTPConnection("127.0.0.1", installation.service.port, timeout=60)
    try:
        began = time.perf_counter()
        connection.request("POST", "/v1/models/writer/generate", json.dumps(asked).encode(), headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"a text was answered {answer.status}: {answer.read()[:300]!r}")
        while not answer.readline().startswith(b"data:"):
            pass
        first = time.perf_counter() - began
        answer.read()
        return first, time.perf_counter() - began
    finally:
        connection.close()
