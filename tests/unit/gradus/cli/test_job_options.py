"""Layers typed on the command line become those of a job."""

import pytest

from gradus.cli.errors import UsageError
from gradus.cli.job_options import make_layers, merge_part, parse_bins

NORM = {"type": "norm"}


def dense(units: int, **more: object) -> dict[str, object]:
    return {"type": "dense", "units": units, **more}


def test_layers_that_see_pictures_have_their_size_between_brackets():
    assert make_layers("conv(16),pool,conv(32),pool(global),64", None, None) == [
        {"type": "conv", "filters": 16},
        {"type": "pool"},
        {"type": "conv", "filters": 32},
        {"type": "pool", "size": "global"},
        {"type": "dense", "units": 64},
    ]


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("64,32", [dense(64), dense(32)]),
        ("0", []),
        ("64, norm ,8", [dense(64), NORM, dense(8)]),
        ("8,residual(norm,16,8),4", [dense(8), {"type": "residual", "layers": [NORM, dense(16), dense(8)]}, dense(4)]),
    ],
)
def test_numbers_are_dense_layers_and_names_others(text: str, layers: list[dict[str, object]]) -> None:
    assert make_layers(text, None, None) == layers


def test_activation_and_dropout_are_those_of_the_dense_layers() -> None:
    inner = {"type": "residual", "layers": [dense(8, activation="tanh")]}
    dropout = {"type": "dropout", "rate": 0.1}
    assert make_layers("8,residual(8)", "tanh", 0.1) == [dense(8, activation="tanh"), dropout, inner]


@pytest.mark.parametrize("text", ["64,", "64;64", "6.5", "residual(64", "residual(residual(64))", "", "Norm"])
def test_what_is_no_list_of_layers_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="such as 64,64"):
        make_layers(text or ",", None, None)


def test_what_was_typed_of_a_part_overrides_that_of_the_file() -> None:
    assert merge_part({"dimensions": 4}, min_categories=9, dimensions=None) == {"dimensions": 4, "min_categories": 9}
    assert merge_part(None, min_categories=None, dimensions=2) == {"dimensions": 2}
    assert merge_part({"dimensions": 4}, min_categories=None, dimensions=None) is None


def test_bins_are_a_number_or_auto() -> None:
    assert [parse_bins(text) for text in (None, "auto", "16")] == [None, "auto", 16]
    with pytest.raises(UsageError, match="such as 16, or auto"):
        parse_bins("many")
