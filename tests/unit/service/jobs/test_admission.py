"""Admission: a job that cannot work is refused with pointer and reason; an unusual one gets warnings."""

from typing import Any

import pytest
from pydantic import ValidationError

from contract.responses import ColumnResponse, DatasetResponse, FieldError, Problem, Top
from contract.specs import JobSpec
from learning.encoding.eligibility import ColumnStats
from service.jobs.admission import Admission, admit, derive_model_name

PLENTY = 2**40
DATASET_ID = "ds_" + "0" * 26


def column(name: str, kind: Any, **more: Any) -> ColumnResponse:
    return ColumnResponse(name=name, type=kind, missing=more.pop("missing", 0), **more)


def words(name: str, distinct: int, *named: str, **more: Any) -> ColumnResponse:
    top = [Top(value=value, count=10) for value in named or ("a", "b")]
    return column(name, "categorical", distinct=distinct, top=top, **more)


COLUMNS = [
    column("price", "numeric", min=10.0, max=90.0),
    column("sqft", "numeric", min=400.0, max=3000.0),
    column("garden", "boolean", true=40),
    words("area", 2, "north", "south"),
    column("sold", "datetime", min="2020-01-01T00:00:00Z", max="2024-01-01T00:00:00Z"),
    column("note", "text", distinct=90),
]


def dataset(*columns: ColumnResponse, rows: int = 100, **more: Any) -> DatasetResponse:
    given = {
        "id": DATASET_ID,
        "name": "houses.csv",
        "status": "ready",
        "format": "csv",
        "bytes": 1,
        "sha256": "ab",
        "created_at": "2026-01-01T00:00:00Z",
        "rows": rows,
        "columns": list(columns or COLUMNS),
    }
    return DatasetResponse.model_validate({**given, **more})


def create_spec(target: str = "price", **fields: Any) -> JobSpec:
    return JobSpec.model_validate({"dataset_id": DATASET_ID, "target": target, **fields}, strict=False)


def admit_job(
    target: str = "price", *columns: ColumnResponse, rows: int = 100, memory: int = PLENTY, **fields: Any
) -> Admission:
    """The admission of a job of one plain net, unless the fields say otherwise."""
    return admit(create_spec(target, **{"preset": "fast", **fields}), dataset(*columns, rows=rows), memory)


def only_error(admission: Admission) -> FieldError:
    assert len(admission.errors) == 1, admission.errors
    return admission.errors[0]


def has_warning(admission: Admission, part: str) -> bool:
    assert admission.errors == []
    return any(part in warning for warning in admission.warnings)


def test_a_plain_job_is_accepted_without_warnings() -> None:
    admission = admit_job()

    assert admission.errors == []
    assert admission.warnings == []


def test_the_answered_spec_has_every_default_filled_in() -> None:
    spec = admit_job().spec

    assert (spec.task, spec.loss, spec.model_name, spec.features) == ("regression", "mse", "houses", None)


@pytest.mark.parametrize(
    ("target", "task", "loss"),
    [
        ("price", "regression", "mse"),
        ("area", "classification", "cross_entropy"),
        ("garden", "classification", "cross_entropy"),
    ],
)
def test_task_and_loss_follow_from_the_target(target: str, task: str, loss: str) -> None:
    admission = admit_job(target)

    assert admission.errors == []
    assert (admission.spec.task, admission.spec.loss) == (task, loss)


def test_requested_fields_are_not_changed() -> None:
    spec = admit_job(model_name="mine", loss="huber", features=["sqft"], task="regression").spec

    assert (spec.model_name, spec.loss, spec.features, spec.task) == ("mine", "huber", ["sqft"], "regression")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("houses.csv", "houses"),
        ("houses.xlsx", "houses"),
        ("houses.html", "houses"),
        ("Houses 2024 (final).CSV.gz", "Houses-2024-final"),
        ("data.v2.parquet", "data.v2"),
        ("Häuser.csv", "Hauser"),
        (".csv", "price"),
        ("日本.csv", "price"),
        ("../../etc/passwd", "etc-passwd"),
        ("a" * 300, "a" * 63),
        ("a" * 62 + ".b.csv", "a" * 62),
    ],
)
def test_a_models_name_is_made_of_the_datasets(name: str, expected: str) -> None:
    assert derive_model_name(name, "price", DATASET_ID) == expected
    assert create_spec(model_name=expected).model_name == expected


def test_models_of_different_datasets_without_latin_names_are_not_versions_of_one() -> None:
    assert derive_model_name("日本.csv", "価格", DATASET_ID) == f"model-{DATASET_ID[-6:]}"


def test_a_dataset_still_processing_is_refused() -> None:
    admission = admit(create_spec(), dataset(status="processing", columns=None, rows=None), PLENTY)

    error = only_error(admission)
    assert (error.pointer, error.code) == ("#/dataset_id", "dataset_not_ready")
    assert "still being read" in error.detail


def test_a_failed_dataset_is_refused_with_its_reason() -> None:
    problem = Problem(title="No rows", detail="The file has a header only.")
    admission = admit(create_spec(), dataset(status="failed", columns=None, rows=None, error=problem), PLENTY)

    assert "The file has a header only." in only_error(admission).detail


def test_a_misspelt_target_gets_the_nearest_column() -> None:
    error = only_error(admit_job("pirce"))

    assert (error.pointer, error.code, error.given, error.suggestion) == (
        "#/target",
        "unknown_column",
        "pirce",
        "price",
    )


def test_a_misspelt_feature_gets_the_nearest_column_that_is_not_the_target() -> None:
    error = only_error(admit_job(features=["area", "Sqtf"]))

    assert (error.pointer, error.code, error.suggestion) == ("#/features/1", "unknown_column", "sqft")
    assert "'Sqtf'" in error.detail


def test_all_unknown_columns_are_reported_at_once() -> None:
    admission = admit_job("pirce", features=["sqtf", "area", "area"])

    assert [error.pointer for error in admission.errors] == ["#/target", "#/features/0", "#/features/2"]


def test_the_target_is_no_feature() -> None:
    error = only_error(admit_job(features=["sqft", "price"]))

    assert (error.pointer, error.code) == ("#/features/1", "target_as_feature")


@pytest.mark.parametrize("kind", ["datetime", "image"])
def test_dates_and_images_cannot_be_predicted(kind: str) -> None:
    admission = admit_job("odd", *COLUMNS, column("odd", kind))

    assert ("#/target", "impossible_target") in [(error.pointer, error.code) for error in admission.errors]


@pytest.mark.parametrize(
    "target",
    [
        column("t", "numeric", min=3.0, max=3.0),
        words("t", 1, "same"),
        column("t", "boolean", true=0),
        column("t", "boolean", true=90, missing=10),
    ],
)
def test_a_constant_target_is_refused(target: ColumnResponse) -> None:
    error = only_error(admit_job("t", *COLUMNS, target))

    assert (error.pointer, error.code) == ("#/target", "one_value")


def test_an_empty_target_is_refused() -> None:
    error = only_error(admit_job("t", *COLUMNS, column("t", "numeric", missing=100)))

    assert (error.pointer, error.code) == ("#/target", "all_missing")


def test_rows_without_a_target_are_counted() -> None:
    assert has_warning(
        admit_job("t", *COLUMNS, column("t", "numeric", missing=1, min=0.0, max=9.0)), "1 row without a value of 't'"
    )


def test_a_text_target_is_no_regression_target() -> None:
    error = only_error(admit_job("area", task="regression", loss="mse"))

    assert (error.pointer, error.code, error.suggestion) == ("#/task", "task_unfit", "classification")


def test_numbers_may_be_classes() -> None:
    admission = admit_job(
        "year", *COLUMNS, column("year", "numeric", min=2007.0, max=2009.0, distinct=3), task="classification"
    )

    assert admission.errors == []
    assert admission.spec.loss == "cross_entropy"


def whole_numbers(distinct: int, rarest: int | None) -> ColumnResponse:
    return column("y", "numeric", min=0.0, max=float(distinct - 1), distinct=distinct, rarest=rarest)


def test_few_whole_numbers_that_repeat_are_classes_and_it_is_said_how_to_change_that() -> None:
    admission = admit_job("y", *COLUMNS[:2], whole_numbers(3, 30), rows=150)

    assert (admission.spec.task, admission.spec.loss) == ("classification", "cross_entropy")
    assert "; ".join(admission.warnings) == (
        "'y' has 3 different whole numbers in 150 rows, so it is read as classes; set task to regression to predict it "
        "as a number."
    )


@pytest.mark.parametrize(
    ("distinct", "rarest", "rows", "count"),
    [
        (21, 5, 1000, "21 different whole numbers in 1,000 rows, so"),
        (5, 1, 1000, "5 different whole numbers in 1,000 rows, some only once, so"),
        (2, None, 100, "2 different numbers in 100 rows, so"),
    ],
)
def test_few_numbers_predicted_as_numbers_may_be_meant_as_classes(
    distinct: int, rarest: int | None, rows: int, count: str
) -> None:
    admission = admit_job("y", *COLUMNS[:2], whole_numbers(distinct, rarest), rows=rows)

    assert admission.spec.task == "regression"
    assert admission.warnings == [
        f"'y' has {count} it is predicted as a number; set task to classification if they are classes."
    ]


@pytest.mark.parametrize("target", [whole_numbers(51, None), whole_numbers(12, 1), whole_numbers(8, None)])
def test_numbers_that_are_no_classes_are_predicted_without_a_word(target: ColumnResponse) -> None:
    admission = admit_job("y", *COLUMNS[:2], target, rows=12)

    assert (admission.spec.task, admission.warnings) == ("regression", [])


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_a_task_that_was_asked_for_stays_without_a_word(task: str) -> None:
    admission = admit_job("y", *COLUMNS[:2], whole_numbers(3, 30), rows=150, task=task)

    assert (admission.spec.task, admission.warnings) == (task, [])


def test_an_id_cannot_be_a_class() -> None:
    for classes in (55, 100):
        error = only_error(admit_job("code", *COLUMNS, words("code", classes)))

        assert (error.pointer, error.code) == ("#/target", "too_many_classes")


def test_one_row_without_a_target_is_left_out() -> None:
    target = column("t", "numeric", min=0.0, max=9.0, distinct=80, missing=1)

    assert has_warning(admit_job("t", *COLUMNS, target), "1 row without a value of 't' is left out.")


def test_numbers_with_too_many_values_are_better_regressed() -> None:
    target = column("t", "numeric", min=0.0, max=9.0, distinct=80)

    error = only_error(admit_job("t", *COLUMNS, target, task="classification"))

    assert (error.pointer, error.suggestion) == ("#/task", "regression")


def test_many_classes_are_warned_of() -> None:
    assert has_warning(admit_job("code", *COLUMNS, words("code", 60), rows=5000), "60 classes")


@pytest.mark.parametrize(
    ("target", "loss", "suggestion"),
    [("price", "cross_entropy", "mse"), ("area", "mse", "cross_entropy"), ("area", "huber", "cross_entropy")],
)
def test_the_loss_must_fit_the_task(target: str, loss: str, suggestion: str) -> None:
    error = only_error(admit_job(target, loss=loss))

    assert (error.pointer, error.code, error.given, error.suggestion) == ("#/loss", "loss_unfit", loss, suggestion)


def test_weights_are_for_classes_that_there_are() -> None:
    error = only_error(admit_job("area", class_weights={"north": 1.0, "soth": 2.0}))

    assert (error.pointer, error.code, error.suggestion) == ("#/class_weights/soth", "unknown_class", "south")


def test_weights_of_truths_are_named_true_and_false() -> None:
    assert admit_job("garden", class_weights={"true": 2.0, "false": 1.0}).errors == []


def test_weights_of_classes_that_the_profile_does_not_list_are_left_to_the_worker() -> None:
    assert admit_job("code", *COLUMNS, words("code", 15, "a", "b"), class_weights={"z": 2.0}).errors == []


def test_a_number_has_no_class_weights() -> None:
    error = only_error(admit_job(class_weights="balanced"))

    assert (error.pointer, error.code) == ("#/class_weights", "task_unfit")


def test_constant_and_empty_columns_are_warned_of() -> None:
    admission = admit_job(
        "price",
        *COLUMNS,
        column("empty", "numeric", missing=100),
        column("same", "numeric", min=1.0, max=1.0),
        words("code", 99),
        column("customer_id", "numeric", min=1.0, max=100.0),
    )

    assert has_warning(admission, "Column 'empty' is not used: it has no value in any row.")
    assert has_warning(admission, "Column 'same' is not used: it has the same value in every row.")
    assert has_warning(admission, "Column 'code' is not used: it looks like an id")
    assert has_warning(admission, "Column 'customer_id' is named like an id")
    assert len(admission.warnings) == 4


def test_a_column_of_pictures_decides_their_size_and_the_layers() -> None:
    """Small pictures keep their size, photographs get 64; each halving of a picture needs a convolution before it."""
    for side, size, types in ((28, 28, "conv pool " * 3), (32, 32, "conv pool " * 4), (4000, 64, "conv pool " * 4)):
        sides = {"min": side, "median": side, "max": side}
        stats = {"kinds": [], "width": sides, "height": sides, "grey": True}

        spec = admit_job("price", *COLUMNS, column("photo", "image", distinct=100, images=stats)).spec

        assert spec.image.size == size
        assert (spec.image.augment.flip, spec.image.augment.shift) == (False, 0.125)
        assert (spec.schedule.type, spec.early_stopping, spec.epochs) == ("cosine", None, 200)
        assert [layer.type for layer in spec.layers] == [*types.split(), "dropout", "dense", "dropout"]


@pytest.mark.parametrize(
    ("target", "grey", "flip"),
    [
        (words("kind", 2, "cat", "dog"), False, True),
        (words("kind", 2, "cat", "dog"), True, False),
        (words("kind", 2, "b", "d"), False, False),
        (column("kind", "numeric", min=0.0, max=9.0, distinct=10, rarest=9), False, False),
        (column("kind", "numeric", min=0.5, max=9.5, distinct=90), False, False),
    ],
)
def test_pictures_are_mirrored_unless_that_may_change_what_they_show(
    target: ColumnResponse, grey: bool, flip: bool
) -> None:
    sides = {"min": 32, "median": 32, "max": 32}
    stats = {"kinds": [], "width": sides, "height": sides, "grey": grey}

    spec = admit_job("kind", target, column("photo", "image", distinct=100, images=stats)).spec

    assert spec.image.augment is not None
    assert spec.image.augment.flip == flip


def test_pictures_that_are_the_target_decide_no_layers() -> None:
    sides = {"min": 32, "median": 32, "max": 32}
    stats = {"kinds": [], "width": sides, "height": sides, "grey": True}

    admission = admit_job("photo", *COLUMNS, column("photo", "image", distinct=100, images=stats))

    assert "impossible_target" in [error.code for error in admission.errors]
    assert [error.pointer for error in admission.errors if error.pointer != "#/target"] == []


def test_a_column_of_one_value_and_missing_cells_is_a_feature() -> None:
    assert admit_job("price", *COLUMNS, column("flag", "numeric", min=1.0, max=1.0, missing=40)).warnings == []


@pytest.mark.parametrize("others", [[], [column("same", "numeric", min=1.0, max=1.0)]])
def test_a_job_without_usable_features_is_refused(others: list[ColumnResponse]) -> None:
    error = only_error(admit_job("price", COLUMNS[0], *others))

    assert (error.pointer, error.code) == ("#/features", "no_features")


@pytest.mark.parametrize(("validation", "test"), [(0.5, 0.5), (0.9, 0.9), (0.9, 0.099)])
def test_the_split_must_leave_rows_to_learn_from(validation: float, test: float) -> None:
    error = only_error(admit_job(split={"validation": validation, "test": test}))

    assert (error.pointer, error.code) == ("#/split", "too_few_rows")


def test_every_class_needs_a_row_to_learn_from() -> None:
    assert only_error(admit_job("code", *COLUMNS, words("code", 8), rows=9)).code == "too_few_rows"
    assert admit_job("code", *COLUMNS, words("code", 7), rows=9).errors == []


def test_a_batch_larger_than_the_data_is_warned_of() -> None:
    assert has_warning(admit_job(batch_size=81), "batch_size is 81, and there are 80 rows")
    assert not has_warning(admit_job(batch_size=80), "batch_size")


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"schedule": {"type": "cosine", "warmup_epochs": 10}}, "schedule.warmup_epochs is 10"),
        ({"schedule": {"type": "step", "step_epochs": 10}}, "schedule.step_epochs is 10"),
        ({"schedule": {"type": "plateau", "patience": 10}}, "schedule.patience is 10"),
        ({"early_stopping": {"patience": 10}}, "early_stopping.patience is 10"),
        ({"early_stopping": {"patience": 2}, "split": {"validation": 0.0}}, "split.validation is 0"),
        ({"optimizer": {"type": "sgd", "nesterov": True}}, "optimizer.nesterov"),
        ({"layers": [{"type": "dense", "units": 3, "activation": "linear"}]}, "All layers are linear"),
    ],
)
def test_settings_that_undo_each_other_are_warned_of(fields: dict[str, Any], part: str) -> None:
    assert has_warning(admit_job(epochs=10, **fields), part)


DENSE_8, DENSE_5 = ({"type": "dense", "units": units} for units in (8, 5))


@pytest.mark.parametrize(
    ("layers", "place", "parts"),
    [
        ([DENSE_8, {"type": "residual", "layers": [DENSE_5]}], "1", ["8 values come in", "5 values", "have 8 units"]),
        (
            [{"type": "dense", "units": 1}, DENSE_5, {"type": "norm"}, {"type": "dense", "units": 1}, {"type": "norm"}],
            "4",
            ["gets 1 of them", "remove it"],
        ),
        (
            [DENSE_8, {"type": "residual", "layers": [{"type": "dense", "units": 1}, {"type": "norm"}]}],
            "1/layers/1",
            ["gets 1 of them"],
        ),
    ],
)
def test_a_layer_that_cannot_take_its_inputs_is_refused_with_its_place(
    layers: list[dict[str, Any]], place: str, parts: list[str]
) -> None:
    admission = admit_job(layers=layers)

    error = only_error(admission)
    assert (error.pointer, error.code) == (f"#/layers/{place}", "layer_misfit")
    assert [part for part in parts if part not in error.detail] == []
    assert admission.estimate is None


def test_a_residual_layer_without_layers_is_refused_with_its_place() -> None:
    error = only_error(admit_job(layers=[DENSE_8, {"type": "residual", "layers": []}]))

    assert (error.pointer, error.code) == ("#/layers/1/layers", "too_short")
    assert "double its input" in error.detail


def test_residual_and_norm_layers_are_estimated_by_their_parts() -> None:
    block = {"type": "residual", "layers": [{"type": "norm"}, DENSE_5, DENSE_8]}
    plain, deep = (admit_job(layers=[DENSE_8, *more]).estimate for more in ([], [block]))

    assert plain is not None
    assert deep is not None
    assert deep.parameters - plain.parameters == 2 * 8 + 9 * 5 + 6 * 8


def test_a_net_that_does_not_fit_into_memory_is_refused_with_the_numbers() -> None:
    error = only_error(admit_job(memory=10 * 2**20, layers=[{"type": "dense", "units": 15_000}] * 2))

    assert (error.pointer, error.code) == ("#/layers", "too_large_for_memory")
    assert "10 MiB are available" in error.detail
    assert error.given > 10 * 2**20


def test_a_net_whose_model_cannot_be_stored_is_refused_with_both_numbers() -> None:
    layers = [{"type": "dense", "units": 15_270}] * 2
    error = only_error(admit_job(layers=layers))

    assert (error.pointer, error.code) == ("#/layers", "too_large_to_store")
    assert error.given > 932_891_136
    assert f"{error.given:,} bytes of weights, and one of at most 932,891,136" in error.detail
    assert "use fewer units" in error.detail
    assert admit_job(layers=[{"type": "dense", "units": 15_000}] * 2).errors == []


def test_a_net_that_takes_most_of_the_memory_is_warned_of() -> None:
    needs = admit_job().estimate
    assert needs is not None

    assert has_warning(admit_job(memory=needs.memory_bytes + 1), "of memory")


def test_an_epoch_that_cannot_fit_into_the_time_is_refused_with_the_numbers() -> None:
    error = only_error(admit_job(rows=10_000_000, time_limit_seconds=0.5))

    assert (error.pointer, error.code, error.given) == ("#/time_limit_seconds", "too_little_time", 0.5)
    assert "one epoch takes about" in error.detail


def test_epochs_that_will_not_all_fit_into_the_time_are_warned_of() -> None:
    needs = admit_job().estimate
    assert needs is not None

    assert has_warning(admit_job(epochs=10, time_limit_seconds=9 * needs.seconds_per_epoch), "10 epochs take about")
    assert not has_warning(admit_job(epochs=10, time_limit_seconds=11 * needs.seconds_per_epoch), "epochs take")


def test_rows_that_do_not_fit_into_memory_are_no_reason_to_refuse_a_job() -> None:
    in_memory, in_file = (admit_job(rows=10_000_000, memory=gibibytes * 2**30) for gibibytes in (100, 1))

    assert (in_memory.errors, in_file.errors) == ([], [])
    assert in_memory.estimate is not None
    assert in_file.estimate is not None
    assert in_file.estimate.memory_bytes < 2**30 < in_memory.estimate.memory_bytes


def test_the_estimate_grows_with_the_columns() -> None:
    few, many = admit_job(features=["sqft"]).estimate, admit_job(features=["sqft", "area", "sold", "note"]).estimate

    assert few is not None
    assert many is not None
    assert few.parameters < many.parameters
    assert few.memory_bytes < many.memory_bytes
    assert few.seconds_per_epoch > 0


def test_a_dataset_without_rows_is_refused_and_not_divided_by() -> None:
    assert admit_job(rows=0).errors != []


def test_only_the_first_of_ten_thousand_unknown_features_are_checked() -> None:
    for target in ("price", "prise"):
        assert len(admit_job(target, features=[f"unknown_{number}" for number in range(10_000)]).errors) == 51


def test_only_the_first_of_four_thousand_unknown_classes_are_checked() -> None:
    assert len(admit_job("area", class_weights={f"northern_{number}": 1.0 for number in range(4000)}).errors) == 51


def test_a_far_outlier_of_the_target_is_named_where_a_number_is_predicted() -> None:
    numbers = {"p01": 1.98, "p25": 49.75, "p50": 99.5, "p75": 149.25, "p99": 197.02}
    far = column("y", "numeric", min=0.0, max=1e12, mean=5e9, std=7.07e10, quantiles=numbers, distinct=200)
    near = column("y", "numeric", min=0.0, max=199.0, mean=99.5, std=57.9, quantiles=numbers, distinct=200)

    assert has_warning(admit_job("y", *COLUMNS[:2], far, rows=200), "'y' has a value of 1e+12, far beyond the others")
    assert admit_job("y", *COLUMNS[:2], near, rows=200).warnings == []


def test_categories_that_will_be_learned_as_one_are_counted() -> None:
    stores, one_hot = [*COLUMNS[:2], words("store", 1000)], {"min_categories": 1001}
    admission = admit_job("price", *stores, rows=8000, embedding=one_hot)

    assert has_warning(admission, "744 of 1,000 values of 'store' are learned as one")


def test_bins_of_numbers_and_dates_are_among_the_parameters() -> None:
    sizes = [
        admission.estimate.parameters
        for bins in (0, 4, 16, "auto")
        if (admission := admit_job("price", *COLUMNS, rows=4000, numeric={"bins": bins})).estimate
    ]
    assert [size - sizes[0] for size in sizes] == [0, 2 * 4 * 64, 2 * 16 * 64, 2 * 16 * 64]


def test_the_tables_of_embeddings_are_among_the_parameters_and_nobody_is_warned() -> None:
    stores = [*COLUMNS[:2], words("store", 1000)]
    few, many = (admit_job("price", *stores, rows=8000, embedding={"dimensions": size}) for size in (8, 16))
    assert few.warnings == many.warnings == []
    assert few.estimate is not None
    assert many.estimate is not None
    assert many.estimate.parameters - few.estimate.parameters == 8 * (1001 + 64)
    assert few.estimate.parameters == 8 * 1001 + 64 * (1 + 8 + 1) + 64 * 65 + 65


def test_numbers_are_ids_where_they_are_named_so_and_repeat() -> None:
    shop = column("shop_id", "numeric", min=1.0, max=999.0, distinct=400)
    once = column("shop_id", "numeric", min=1.0, max=999.0, distinct=8000)
    assert admit_job("price", *COLUMNS[:2], shop, rows=8000).warnings == []
    assert has_warning(admit_job("price", *COLUMNS[:2], once, rows=8000), "named like an id")


def admit_targets(**fields: Any) -> Admission:
    spec = JobSpec.model_validate({"dataset_id": DATASET_ID, **fields}, strict=False)
    return admit(spec, dataset(), PLENTY)


def test_several_numbers_and_quantiles_are_one_regression_with_an_output_for_each():
    found = admit_targets(targets=["price", "sqft"], loss="quantile")
    assert found.errors == []
    assert (found.spec.task, found.spec.quantiles) == ("regression", [0.05, 0.5, 0.95])
    assert (found.spec.target, found.spec.targets) == (None, ["price", "sqft"])
    assert found.estimate is not None
    one = admit_targets(target="price")
    assert one.estimate is not None
    assert found.estimate.parameters < one.estimate.parameters + 6 * 65
    alone = admit_targets(targets=["price"]).spec
    assert (alone.target, alone.targets) == ("price", None)


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({}, "#/target", "missing"),
        ({"target": "price", "targets": ["sqft"]}, "#/targets", "one_of"),
        ({"targets": ["price", "prize"]}, "#/targets/1", "unknown_column"),
        ({"targets": ["price", "price"]}, "#/targets/1", "duplicate_target"),
        ({"targets": ["price", "area"]}, "#/targets/1", "impossible_target"),
        ({"targets": ["price", "sqft"], "task": "classification", "loss": "cross_entropy"}, "#/task", "task_unfit"),
        ({"targets": ["price", "sqft"], "features": ["sqft", "area"]}, "#/features/0", "target_as_feature"),
        ({"target": "price", "quantiles": [0.5]}, "#/quantiles", "loss_unfit"),
        ({"target": "area", "loss": "quantile"}, "#/loss", "loss_unfit"),
    ],
)
def test_targets_and_quantiles_that_cannot_be_are_refused(fields: dict[str, Any], pointer: str, code: str):
    error = only_error(admit_targets(**fields))
    assert (error.pointer, error.code) == (pointer, code)


@pytest.mark.parametrize("quantiles", [[], [0.5, 0.5], [0.9, 0.1], [0.0, 0.5], [1.0]])
def test_quantiles_are_ascending_and_between_0_and_1(quantiles: list[float]):
    with pytest.raises(ValidationError):
        create_spec(loss="quantile", quantiles=quantiles)


def test_features_of_a_wide_table_are_compared_with_its_columns_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Names(list[str]):
        def __contains__(self, _: object) -> bool:
            raise AssertionError("each name is compared with every feature")

    def compare(_: object, __: object) -> bool:
        raise AssertionError("each column is compared with every other")

    monkeypatch.setattr(ColumnStats, "__eq__", compare)
    wide = [words(f"id {number}", 40) for number in range(50)]
    columns = [column("price", "numeric", min=1.0, max=9.0), *wide]
    spec = create_spec(embedding={"min_categories": 10})

    admission = admit(
        spec.model_copy(update={"features": Names([each.name for each in wide])}), dataset(*columns, rows=100), PLENTY
    )

    assert admission.errors == []
    assert admission.estimate is not None
    assert admission.estimate.parameters > 50 * 41


def test_a_preset_decides_what_the_spec_leaves_open_and_says_why() -> None:
    plain = admit_job("price", *COLUMNS, rows=4000, preset="fast")
    assert (plain.spec.preset, plain.spec.numeric.bins, plain.reasons) == ("fast", 0, {})

    balanced = admit(create_spec("price"), dataset(*COLUMNS, rows=4000), PLENTY)
    assert balanced.spec.preset == "balanced"
    assert balanced.spec.numeric.bins == 16
    assert [layer.type for layer in balanced.spec.layers] == ["dense", "dense"]
    assert (balanced.spec.nets, balanced.spec.split.folds) == (10, 10)
    assert list(balanced.reasons) == ["nets", "numeric.bins", "layers", "batch_size", "optimizer.learning_rate"]
    assert balanced.reasons["numeric.bins"].startswith("16 bins for 2 columns of numbers or dates: ")
    assert balanced.estimate is not None
    assert plain.estimate is not None
    assert balanced.estimate.parameters > plain.estimate.parameters


def test_each_preset_has_its_forecast_beside_the_others() -> None:
    plain = admit_job("price", *COLUMNS, rows=4000, epochs=7)
    found = plain.estimate_presets()

    assert plain.estimate == found["fast"]
    assert found["fast"].seconds == pytest.approx(7 * found["fast"].seconds_per_epoch)
    balanced = admit_job("price", *COLUMNS, rows=4000, epochs=7, preset="balanced")
    assert found["balanced"].seconds == pytest.approx(balanced.spec.nets * 7 * found["balanced"].seconds_per_epoch)
    assert found["balanced"] == balanced.estimate
    assert found["best"].seconds == pytest.approx(2 * found["balanced"].seconds, rel=0.2)
    same = admit_job("price", *COLUMNS, rows=4000, nets=2).estimate_presets()
    assert same["fast"].seconds == pytest.approx(200 * same["fast"].seconds_per_epoch)


def test_a_preset_chooses_short_vectors_of_values_but_not_of_texts() -> None:
    many = [words("shop", 900), *COLUMNS]
    assert admit_job("price", *many, rows=4000, preset="balanced").spec.embedding.dimensions == 8

    admission = admit_job("price", *many, rows=4000, preset="balanced", features=["shop", "sqft"])
    assert admission.spec.embedding.dimensions == 1
    assert admission.reasons["embedding.dimensions"].startswith("1 for each value of columns with up to 900: ")


def test_fields_of_the_spec_win_over_the_preset() -> None:
    given: dict[str, Any] = {"numeric": {"bins": 3}, "batch_size": 8, "layers": [{"type": "dense", "units": 5}]}
    admission = admit_job("price", *COLUMNS, rows=4000, preset="balanced", **given)
    assert (admission.spec.numeric.bins, admission.spec.batch_size, len(admission.spec.layers)) == (3, 8, 1)
    assert list(admission.reasons) == ["nets", "optimizer.learning_rate"]


def test_a_preset_leaves_one_net_where_several_do_not_become_one() -> None:
    admission = admit_job("price", *COLUMNS, rows=4000, preset="balanced", split={"folds": 3, "fold": 2})
    assert (admission.spec.nets, admission.errors) == (1, [])
    assert "nets" not in admission.reasons


def test_a_preset_chooses_nothing_that_does_not_fit() -> None:
    wide = [column("price", "numeric"), *(column(f"x{n}", "numeric", min=0.0, max=1.0) for n in range(300))]
    plain = admit_job("price", *wide, rows=2_000, preset="fast")
    assert plain.estimate is not None

    memory = plain.estimate.memory_bytes + 2**20
    admission = admit_job("price", *wide, rows=2_000, memory=memory, preset="balanced")

    assert (admission.spec.nets, admission.spec.numeric.bins, admission.errors) == (1, 0, [])
    assert list(admission.reasons)[:2] == ["nets", "numeric.bins"]
    assert admission.reasons["nets"] == "One: a model of several would be too large."
    assert admit_job("price", *wide, rows=2_000, memory=memory, preset="best").spec.nets == 1


def test_a_linear_model_stays_linear_whatever_the_preset() -> None:
    assert admit_job("price", *COLUMNS, rows=4000, preset="balanced", layers=[]).spec.numeric.bins == 0
