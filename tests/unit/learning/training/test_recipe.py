"""Recipes for tables: what a preset chooses by rows and columns, and that it says why."""

import pytest

from learning.encoding.embedding_spec import EmbeddingSpec
from learning.encoding.numeric_spec import NumericSpec
from learning.nn.layers import Dense
from learning.optim import Adam
from learning.training.recipe import (
    MAX_BIN_CELLS,
    MAX_PARAMETERS_OF_NETS,
    RECIPE_FIELDS,
    Preset,
    choose_batch_size,
    choose_bins,
    choose_nets,
    choose_recipe,
    limit_nets,
)
from learning.training.spec import MAX_NETS


def test_fast_chooses_nothing():
    assert choose_recipe("fast", 1000, 10) == {}


def test_balanced_chooses_bins_smooth_layers_and_a_batch_with_its_rate():
    chosen = choose_recipe("balanced", 5000, 12)
    assert chosen["numeric"] == (
        NumericSpec(bins=25),
        "25 bins for 12 columns of numbers or dates: one for every 200 training rows, up to 64.",
    )
    assert chosen["layers"].value == [Dense(units=64, activation="silu")] * 2
    assert chosen["batch_size"].value == 64
    assert chosen["optimizer"].value == Adam(learning_rate=0.00141)


@pytest.mark.parametrize(
    ("preset", "rows", "nets", "reason"),
    [
        ("balanced", 49, 1, "1 for 49 training rows: folds of so few rows would tell little."),
        ("balanced", 50, 10, "10 for 50 training rows, each validated on one fold: nets of few rows differ"),
        (
            "balanced",
            20_001,
            5,
            "5 for 20,001 training rows, each validated on one fold: more would take long.",
        ),
        ("best", 49, 1, "1 for 49 training rows"),
        ("best", 62, 20, "20 for 62 training rows, each validated on one fold: nets of few rows differ"),
        (
            "best",
            20_000,
            20,
            "20 for 20,000 training rows, each validated on one fold: nets of few rows differ",
        ),
        ("best", 20_001, 10, "10 for 20,001 training rows, each validated on one fold: more would take long."),
    ],
)
def test_nets_are_more_where_rows_are_few(preset: Preset, rows: int, nets: int, reason: str):
    choice = choose_nets(rows, preset)
    assert choice.value == nets
    assert choice.reason.startswith(reason)


@pytest.mark.parametrize(("rows", "values", "dimensions"), [(7000, 5241, 1), (60_000, 2000, 3), (10**6, 100, 8)])
def test_vectors_of_values_with_few_rows_are_short(rows: int, values: int, dimensions: int):
    assert "embedding" not in choose_recipe("balanced", rows, 1)
    chosen = choose_recipe("balanced", rows, 1, values)["embedding"]
    assert chosen.value == EmbeddingSpec(dimensions=dimensions)
    assert chosen.reason.startswith(f"{dimensions} for each value of columns with up to {values:,}: one for every 10 ")


@pytest.mark.parametrize(
    ("rows", "size"), [(1, 32), (4095, 32), (4096, 64), (16_383, 128), (16_384, 256), (10**7, 256)]
)
def test_batches_grow_with_the_rows(rows: int, size: int):
    assert choose_batch_size(rows) == size


def test_bins_are_the_fewest_for_few_rows_and_none_without_a_column():
    assert choose_bins(300, 1) == (
        NumericSpec(bins=8),
        "8 bins for the column of numbers or dates, the fewest: there are 300 training rows.",
    )
    assert choose_bins(300, 0) == (NumericSpec(bins=0), "No bins: there is no column of numbers or dates.")


def test_of_more_columns_than_rows_there_are_fewer_bins_or_none():
    assert choose_bins(240, 120)[0] == NumericSpec(bins=8)
    assert choose_bins(800, 1000) == (
        NumericSpec(bins=3),
        "3 bins for 1,000 columns of numbers or dates: more gain nothing of 800 training rows.",
    )
    assert choose_bins(240, 5000) == (
        NumericSpec(bins=0),
        "No bins for 5,000 columns of numbers or dates: they gain nothing of 240 training rows.",
    )


def test_wide_nets_are_fewer():
    nets = choose_nets(240)
    assert limit_nets(nets, MAX_PARAMETERS_OF_NETS // 10) == nets
    assert limit_nets(nets, 324_289) == (
        3,
        "3 of 324,289 weights each: more would take long.",
    )
    assert limit_nets(nets, 324_289, "best").value == 6
    assert limit_nets(nets, 10**8, "best").value == 1


def test_best_differs_from_balanced_by_its_nets_alone():
    balanced, best = (choose_recipe(preset, 5000, 12, 100) for preset in ("balanced", "best"))
    assert (balanced.pop("nets").value, best.pop("nets").value) == (10, MAX_NETS)
    assert balanced == best


def test_a_preset_chooses_the_fields_that_a_patch_removes():
    assert {*choose_recipe("balanced", 1000, 5, 100)} == {*RECIPE_FIELDS}


def test_bins_of_all_columns_fit_into_memory():
    bins, reason = choose_bins(1_000_000, 28)
    assert bins.bins == MAX_BIN_CELLS // 28_000_000 == 4
    assert reason.endswith("more would not fit into memory.")
    assert choose_bins(10_000_000, 100)[0] == NumericSpec(bins=0)
