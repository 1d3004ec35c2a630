"""Rows to predict, explain, replay and trace: too many, with too many columns, or with names that do not exist."""

import gzip
from collections.abc import Iterator
from typing import Final

from tests.hostile_requests.request import (
    CSV,
    JSON,
    HostileRequest,
    join_repeated,
    post_bytes,
    post_json,
    similar_names,
)
from tests.hostile_requests.specs import ODD_TEXTS
from tests.hostile_requests.targets import CATEGORICAL_COLUMNS, Targets


def unknown_names(targets: Targets) -> Iterator[HostileRequest]:
    """One row of names that the model does not have, each near to some that it has."""
    for count in (1, 5, 15, 60, 300, 1400, 20_000):
        row = lambda count=count: dict.fromkeys(similar_names(targets.columns, count), 1)  # noqa: E731 - built late
        yield post_json(f"predict: {count:,} unknown names", predict(targets.wide_model), row)
        yield post_json(
            f"explain: {count:,} unknown names",
            f"/v1/models/{targets.wide_model}/explain",
            lambda row=row: {"rows": [row()]},
        )
        yield post_json(
            f"replay: {count:,} unknown names", f"/v1/jobs/{targets.wide_job}/replay", lambda row=row: {"rows": [row()]}
        )
        yield post_json(
            f"trace: {count:,} unknown names", f"/v1/jobs/{targets.wide_job}/trace", lambda row=row: {"row": row()}
        )


def odd_names(targets: Targets) -> Iterator[HostileRequest]:
    """Names of cells, and cells, with odd letters."""
    for name, text in ODD_TEXTS.items():
        yield post_json(
            f"predict: names of {name}",
            predict(targets.categorical_model),
            lambda text=text: {f"{text}{number}": text for number in range(20)},
        )
        yield post_json(
            f"predict: cells of {name}",
            predict(targets.categorical_model),
            lambda text=text: {f"c{column}": text for column in range(CATEGORICAL_COLUMNS)},
        )


def empty_rows(targets: Targets) -> Iterator[HostileRequest]:
    """Rows of three letters that stand for thousands of cells each."""
    for model in (targets.wide_model, targets.categorical_model):
        for count in (100, 1000, 5000, 20_000, 300_000, 5_000_000):
            yield post_bytes(
                f"predict: {count:,} empty rows to the {model} model",
                predict(model),
                lambda count=count: b'{"rows":[' + join_repeated(b"{}", count) + b"]}",
                JSON,
            )
        for route in ("explain", "replay"):
            path = f"/v1/models/{model}/explain" if route == "explain" else f"/v1/jobs/{targets.wide_job}/replay"
            for count in (100, 1000, 20_000):
                yield post_bytes(
                    f"{route}: {count:,} empty rows to the {model} model",
                    path,
                    lambda count=count: b'{"rows":[' + join_repeated(b"{}", count) + b"]}",
                    JSON,
                )


def unseen_categories(targets: Targets) -> Iterator[HostileRequest]:
    """Rows of which every cell gives a warning."""
    for megabytes in (1, 4, 16):
        yield post_bytes(
            f"predict: {megabytes} MB of rows with an unseen category",
            predict(targets.categorical_model),
            lambda megabytes=megabytes: (
                b'{"rows":[' + join_repeated(b'{"c0":"unseen"}', megabytes * 2**20 // 16) + b"]}"
            ),
            JSON,
        )
        header = ",".join(f"c{column}" for column in range(CATEGORICAL_COLUMNS)).encode()
        line = b"\n" + b"a," * (CATEGORICAL_COLUMNS - 1) + b"a"
        for accept in (CSV, JSON):
            yield post_bytes(
                f"predict: {megabytes} MB of CSV with unseen categories, answered as {accept}",
                predict(targets.categorical_model),
                lambda megabytes=megabytes, h=header, line=line: h + line * (megabytes * 2**20 // len(line)),
                CSV,
                Accept=accept,
            )


def odd_csv(targets: Targets) -> Iterator[HostileRequest]:
    """CSV to predict from that is no table."""
    for name, create in {
        "4 MB of quotes": lambda: b"c0,c1\n" + b'"' * 2**22,
        "half quotes": lambda: b"c0,c1\n" + b'a","b\n' * 80_000,
        "4 MB of line feeds": lambda: b"c0\n" + b"\n" * 2**22,
        "10,000 unknown columns": lambda: (
            ",".join(similar_names(targets.columns, 10_000)).encode() + b"\n" + b"1," * 9999 + b"1\n"
        ),
        "a column 10,000 times": lambda: b"c0," * 9999 + b"c0\n" + b"1," * 9999 + b"1\n",
        "a header of 4 MB": lambda: b"a" * 2**22 + b"\n1\n",
        "1,000,000 rows of one column": lambda: b"c0\n" + b"a\n" * 1_000_000,
    }.items():
        for model in (targets.wide_model, targets.categorical_model):
            yield post_bytes(f"predict: CSV of {name} to the {model} model", predict(model), create, CSV)


def compressed_rows(targets: Targets) -> Iterator[HostileRequest]:
    """Rows to predict that are small as they are sent."""
    for name, piece in (("empty", b"{}"), ("of one cell", b'{"c0":"a"}'), ("of a list", b'{"c0":[[],[],[]]}')):
        for megabytes in (4, 32):
            yield post_bytes(
                f"predict: gzip of {megabytes} MB of rows {name}",
                predict(targets.categorical_model),
                lambda piece=piece, megabytes=megabytes: gzip.compress(
                    b'{"rows":[' + join_repeated(piece, megabytes * 2**20 // (len(piece) + 1)) + b"]}", mtime=0
                ),
                JSON,
                **{"Content-Encoding": "gzip"},
            )


def large_models(targets: Targets) -> Iterator[HostileRequest]:
    """Single rows for a net that does not fit into the model cache."""
    if targets.large_model:
        yield post_json("predict: a row for a large net", predict(targets.large_model), lambda: {"x": 1})
        yield post_json("predict: a row for a large net, again", predict(targets.large_model), lambda: {"x": 2})
        for query in ("", "?format=safetensors"):
            path = f"/v1/models/{targets.large_model}/weights{query}"
            yield HostileRequest(f"GET the weights of a large net{query}", "GET", path)
        yield post_json(
            "explain: a row for a large net",
            f"/v1/models/{targets.large_model}/explain",
            lambda: {"rows": [{"x": 1}]},
        )


def predict(model: str) -> str:
    """The route that predicts with a model."""
    return f"/v1/models/{model}/predict"


FAMILIES: Final = (
    unknown_names,
    odd_names,
    empty_rows,
    unseen_categories,
    odd_csv,
    compressed_rows,
    large_models,
)
