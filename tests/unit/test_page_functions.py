"""Functions of the page: curves, numbers in words, orders."""

import math
import re
from typing import Any

import pytest

from tests.page_functions import PAGE, call


def curve(*points: tuple[float, float]) -> dict[str, Any]:
    return {"points": [{"false_positive_rate": x, "true_positive_rate": y} for x, y in points]}


def test_roc_curves_keep_both_ends_of_their_vertical_steps() -> None:
    steps = curve((0, 0), (0, 0.3), (0, 0.6), (0.5, 0.6), (0.5, 0.9), (1, 1))
    perfect = curve((0, 1))

    (aligned,) = call("understand/rocPoints.ts", "alignRocCurves", [[steps, perfect]])

    assert aligned == [
        [0, 0, 0.5, 0.5, 1, 1],
        [0, 0.6, 0.6, 0.9, 1, 1],
        [0, 1, None, None, 1, 1],
    ]


def test_percentages_never_round_to_all_or_to_none() -> None:
    shares = [0, 0.25, 0.004, 0.995, 0.99996, 1, 0.9999999, 0.0000001]

    assert call("shell/format.ts", "formatPercent", *([share] for share in shares)) == [
        "0%", "25%", "0.4%", "99.5%", "> 99.99%", "100%", "> 99.99%", "< 0.01%",
    ]  # fmt: skip


def test_numbers_have_thousands_separators_and_few_digits() -> None:
    calls = [[1756.04], [12345.6], [0.02558], [1234.567, 6], [0.012345, 3]]

    assert call("shell/format.ts", "formatNumber", *calls) == ["1,756", "12,346", "0.02558", "1,234.57", "0.0123"]


def test_years_and_ids_are_shown_as_they_are() -> None:
    assert call("shell/format.ts", "formatValue", [2007], [2007.25], [12345.6]) == ["2007", "2007", "12,346"]
    assert call("shell/format.ts", "formatCell", [2007], [1234567890123], [0.123456789]) == [
        "2007", "1234567890123", "0.12345679",
    ]  # fmt: skip


def test_typed_numbers_are_read_and_what_could_be_two_is_not_guessed() -> None:
    read = {
        "0,01": 0.01, "-1,5": -1.5, ",5": 0.5, "1e-3": 0.001, "1 000": 1000, "1,000,000": 1_000_000, "\u22123": -3,
        "1.000.000": 1_000_000, "0,001": 0.001,
    }  # fmt: skip
    refused = ["abc", "", "1,000", "1,2,3", "0x10", "Infinity", "1..2"]

    assert call("shell/typedNumber.ts", "parseTypedNumber", *([text] for text in read)) == [
        {"value": value} for value in read.values()
    ]
    assert all("fault" in found for found in call("shell/typedNumber.ts", "parseTypedNumber", *([t] for t in refused)))
    whole = call("shell/typedNumber.ts", "parseTypedNumber", ["1,000", True], ["12", True], ["1,5", True])
    assert whole == [{"value": 1000}, {"value": 12}, {"fault": "is not a whole number"}]


def test_lists_of_numbers_are_read_with_either_decimal_sign() -> None:
    read = {
        "0.05,0.5,0.95": [0.05, 0.5, 0.95], "0.1, 0.9": [0.1, 0.9], "0,1; 0,9": [0.1, 0.9], " .5 ": [0.5], "0,5": [0.5],
        "0,1 0,5, 0,9": [0.1, 0.5, 0.9],
    }  # fmt: skip

    assert call("shell/typedNumber.ts", "parseTypedNumbers", *([text] for text in read)) == [
        {"values": values} for values in read.values()
    ]
    assert call("shell/typedNumber.ts", "parseTypedNumbers", ["0.1, x"], [" "]) == [
        {"fault": "“x” is not a number"},
        {"fault": "Numbers are needed"},
    ]


def test_columns_that_are_left_out_for_one_reason_share_a_line() -> None:
    constant = [f"Column 'p{n}' is not used: it has the same value in every row." for n in range(1200)]
    later = ["Column 'p3' is not used: it is 0 in every training row."]
    others = ["Column 'a' is not used: it has no value in any row.", "5 rows without a value of 'b' are left out."]

    (groups,) = call("shell/warnings.ts", "groupWarnings", [[*constant, *others, *later]])

    assert groups[0]["text"] == "1,200 columns hold the same value in every row and are left out."
    assert len(groups[0]["columns"]) == 1200
    assert [group["text"] for group in groups[1:]] == others


def test_how_cells_are_written_is_described() -> None:
    plain = {
        "decimal": "point", "units": [], "marks": [], "duration": False, "datetime_formats": [], "date_order": None,
        "missing_values": [], "labels": [], "certainty": "certain",
    }  # fmt: skip
    written = plain | {"decimal": "comma", "units": ["€"], "missing_values": ["k.A."]}

    assert call("table/describeFormat.ts", "describeFormat", [None], [plain], [written]) == [
        "", "", "decimal comma · in € · “k.A.” = missing",
    ]  # fmt: skip


def test_a_small_change_of_a_number_is_shown() -> None:
    calls = [[1.0787, 1.0786877], [1000.5, 1000.5], [0.5, 0.25]]

    assert call("shell/format.ts", "formatChange", *calls) == [
        ["1.078700", "1.078688"], ["1000.5000", "1000.5000"], ["0.5000", "0.2500"],
    ]  # fmt: skip


def test_long_names_lose_their_middle_and_keep_their_end() -> None:
    assert call("shell/format.ts", "shorten", ["bill_length_mm is missing", 15], ["short", 15]) == [
        "bill_le…missing", "short",
    ]  # fmt: skip


def test_two_classes_have_one_roc_curve_and_many_those_of_lowest_area() -> None:
    curves = [
        {"label": label, "auc": auc, "points": []} for label, auc in (("a", 0.9), ("b", 0.6), ("c", None), ("d", 0.7))
    ]

    two, many = call("understand/rocPoints.ts", "selectRocCurves", [curves[:2], 2, 6], [curves, 4, 2])

    assert [one["label"] for one in two] == ["b"]
    assert [one["label"] for one in many] == ["b", "d"]


def test_a_map_is_turned_and_mirrored_as_the_one_before() -> None:
    before = [{"item": name, "x": x, "y": y} for name, x, y in (("a", 3, 0), ("b", 0, 1), ("c", -2, -1), ("d", 1, 2))]
    angle = 2.0
    turned = [
        {
            "item": one["item"],
            "x": math.cos(angle) * one["x"] + math.sin(angle) * one["y"],
            "y": math.sin(angle) * one["x"] - math.cos(angle) * one["y"],
            "rows": 7,
        }
        for one in before[:3]
    ]

    first, again, alone = call(
        "items/alignMap.ts", "alignMap", [before, []], [turned, before], [before[3:], before[:3]]
    )

    assert (first, alone) == (before, before[3:])
    for one, old in zip(again, before, strict=False):
        assert (one["item"], one["rows"]) == (old["item"], 7)
        assert (one["x"], one["y"]) == pytest.approx((old["x"], old["y"]))


def test_columns_of_users_items_and_ratings_are_guessed() -> None:
    def column(name: str, kind: str, distinct: int | None) -> dict[str, Any]:
        return {"name": name, "type": kind, "distinct": distinct}

    films = [column(name, "numeric", many) for name, many in (("user_id", 943), ("item_id", 1682), ("rating", 5))]
    stars = column("stars", "numeric", 5)
    books = [column("reader", "categorical", 60), column("book", "text", 80), column("genre", "categorical", 4), stars]
    unnamed = [column("who", "text", 90), column("kind", "categorical", 3), column("what", "categorical", 40)]
    single = [column("price", "numeric", 100), column("area", "categorical", 4)]

    guessed = call(
        "start/recommendationColumns.ts", "guessColumns", [films, 100_000], [books, 1674], [unnamed, 300], [single, 100]
    )

    assert [each and tuple(each.values()) for each in guessed] == [
        ("user_id", "item_id", "rating"),
        ("reader", "book", "stars"),
        ("who", "what", "what"),
        None,
    ]


def test_ratings_to_choose_from_are_whole_numbers_where_they_are_few() -> None:
    ranges = [{"minimum": 1, "maximum": 5}, {"minimum": -10, "maximum": 10}]

    assert call("use/likedItems.tsx", "listRatings", *([each] for each in ranges)) == [
        [5, 4, 3, 2, 1],
        [10, 8, 6, 4, 2, 0, -2, -4, -6, -8, -10],
    ]


def pixel_columns(names: list[str], high: float = 255) -> list[dict[str, Any]]:
    """Columns of pixels, of which every second is bright, after a column of labels."""
    label = {"name": "label", "type": "numeric", "min": 0, "max": 9}
    columns = [{"name": name, "type": "numeric", "min": 0, "max": high * (i % 2)} for i, name in enumerate(names)]
    return [label, *columns]


def test_columns_that_count_up_to_a_square_in_one_range_are_pixels() -> None:
    many = [f"pixel{i}" for i in range(144)]
    pairs = [f"{row}x{column}" for row in range(1, 9) for column in range(1, 9)]
    measures = [{"name": f"x{i}", "type": "numeric", "min": -i - 1.0, "max": 10.0**i} for i in range(25)]
    tables = [
        pixel_columns(many),
        pixel_columns(pairs, high=16),
        pixel_columns(many[:-1]),
        pixel_columns([*many[:5], "pixel900", *many[6:]]),
        pixel_columns(["a1", "a2", "a3", "a4"]),
        measures,
    ]
    found = call("shell/pixels.ts", "findPixels", *[[table] for table in tables])

    assert [each and (each["names"], each["side"], each["low"], each["high"]) for each in found] == [
        (many, 12, 0, 255),
        (pairs, 8, 0, 16),
        None,
        None,
        None,
        None,
    ]


def test_what_is_drawn_becomes_whole_numbers_of_the_range_and_back() -> None:
    pixels = {"names": ["p1", "p2", "p3"], "side": 1, "low": 0, "high": 16}
    (cells,) = call("shell/pixels.ts", "toCells", [pixels, [0, 0.5, 1]])
    assert cells == {"p1": 0, "p2": 8, "p3": 16}
    assert call("shell/pixels.ts", "brightnessOf", [pixels, {**cells, "p2": None}]) == [[0, 0, 1]]


def test_tables_are_written_as_rfc_4180_says() -> None:
    (text,) = call("shell/csv.ts", "toCsv", [[["epoch", [1, 2, 3]], ['loss, "mean"', [0.5, None]]]])

    assert text == 'epoch,"loss, ""mean"""\r\n1,0.5\r\n2,\r\n3,\r\n'


def test_a_chart_grows_for_marks_that_are_not_far_away() -> None:
    def level(at: float) -> dict[str, Any]:
        return {"axis": "y", "at": at, "label": "baseline", "colour": "soft"}

    calls = [[1, 2, [level(3)], False], [1, 2, [level(30)], False], [0.01, 1, [level(5), level(-1)], True]]

    assert call("shell/chartMarks.ts", "includeMarks", *calls) == [[1, 3], [1, 2], [0.01, 5]]


def test_learning_curves_are_marked_with_best_epoch_early_stopping_and_baselines() -> None:
    baselines = {
        "naive": {"name": "most_frequent_class", "metrics": {"accuracy": 0.44, "log_loss": 1.06}},
        "linear": {"name": "logistic", "metrics": {"accuracy": 0.985, "log_loss": None}},
    }
    spec = {"task": "classification", "loss": "cross_entropy", "class_weights": None}
    job = {"baselines": baselines, "spec": spec, "status": "succeeded", "stop_reason": "early_stopping"}
    running = {**job, "baselines": None, "status": "running", "stop_reason": None}

    found = call(
        "watch/lossMarks.ts", "listMarks", [job, "loss", 33, 43], [job, "accuracy", 33, 43], [running, "loss", 5, 9]
    )

    assert [[mark["label"] for mark in marks] for marks in found] == [
        ["best epoch 33", "early stopping: no improvement for 10 epochs", "majority-class baseline 1.06"],
        [
            "best epoch 33",
            "early stopping: no improvement for 10 epochs",
            "majority-class baseline 44.0%",
            "logistic regression 98.5%",
        ],
        ["best epoch so far 5"],
    ]


def test_terms_are_found_by_the_words_of_the_page() -> None:
    words = ["Confusion matrix", "dead neurons", "Weight decay (L2)", "ROC curve", "Batch size", "perhaps"]

    found = call("help/entries.ts", "findEntry", *([word] for word in words))

    assert [entry and entry["names"][0] for entry in found] == [
        "confusion matrix", "dead neuron", "weight decay", "ROC curve", "batch", None,
    ]  # fmt: skip


def test_every_term_that_a_page_names_is_in_the_glossary() -> None:
    sources = "".join(path.read_text() for path in (PAGE / "src").rglob("*.tsx"))
    named = sorted(
        {*re.findall(r"<Term>([^<{]+)</Term>", sources), *re.findall(r"<Term(?:Mark)? name=\"([^\"]+)\"", sources)}
    )

    found = call("help/entries.ts", "findEntry", *([name] for name in named))

    assert named
    assert [name for name, entry in zip(named, found, strict=True) if entry is None] == []


def test_no_term_is_explained_twice_and_none_in_markdown() -> None:
    (chapters,) = call("help/entries.ts", "searchEntries", [""])
    entries = [entry for chapter in chapters for entry in chapter["entries"]]
    names = [name.lower() for entry in entries for name in entry["names"]]

    assert len(entries) > 80
    assert len(names) == len(set(names))
    assert not [entry["text"] for entry in entries if re.search(r"[`*]|\]\(|\n", entry["text"])]


def test_labels_that_would_run_into_others_are_left_out_and_both_ends_drawn() -> None:
    found = call("watch/labelSpace.ts", "selectApart", [[0, 50, 100], [40] * 3, 4], [[0, 15, 30, 45, 60], [20] * 5, 4])

    assert found == [[True, True, True], [True, False, True, False, True]]


def test_a_run_under_way_tells_in_its_title_how_far_it_is() -> None:
    progress = {"epoch": 37, "epochs": 99}
    runs = [{"status": status, "progress": progress} for status in ("running", "succeeded")]

    assert call("shell/title.ts", "titleOfRun", *([run, "penguins", "Watch"] for run in runs)) == [
        "37% · penguins", "Watch",
    ]  # fmt: skip


def test_the_first_rows_of_an_output_are_read_though_its_end_is_cut_off() -> None:
    text = 'line,name,value\n2,"a, ""b""\nc",1.5\n3,d,'

    calls = [[text, 9, False], [text, 9, True], [text, 1, True], ["", 9, True]]
    assert call("batches/parseOutput.ts", "parseCsv", *calls) == [
        [["line", "name", "value"], ["2", 'a, "b"\nc', "1.5"]],
        [["line", "name", "value"], ["2", 'a, "b"\nc', "1.5"], ["3", "d", ""]],
        [["line", "name", "value"]],
        [],
    ]
    lines = '{"line":2,"name":null,"set":["a"]}\n{"line":3,"na'
    assert call("batches/parseOutput.ts", "parseLines", [lines, 9, False]) == [
        [["line", "name", "set"], ["2", "", '["a"]']]
    ]


def test_text_that_a_spreadsheet_would_run_is_escaped() -> None:
    assert call("shell/csv.ts", "toCsv", [[["value", ["=1+1", "-2", -2, None, 'a,"b"']]]]) == [
        'value\r\n\'=1+1\r\n\'-2\r\n-2\r\n\r\n"a,""b"""\r\n'
    ]


def test_a_replay_lasts_as_long_for_few_epochs_as_for_many_and_waits_for_frames() -> None:
    run = 7000
    assert call("watch/playback.ts", "spreadEpochs", [list(range(257)), 5], [[0, 1, 2], 5]) == [
        [0, 64, 128, 192, 256],
        [0, 1, 2],
    ]
    assert call("watch/playback.ts", "placeOf", [[0, 2, 4], 3], [[0, 2, 4], None], [[2, 4], 1]) == [1, 2, 0]
    assert call(
        "watch/playback.ts",
        "advance",
        [0, 4, run, 1, 4],
        [0, 80, run / 2, 1, 80],
        [0, 80, run / 2, 4, 80],
        [1.5, 80, run, 1, 3],
        [0, 1, run / 4, 0.5, 1],
    ) == [4, 40, 80, 3.999, 0.125]


def test_the_views_of_predictions_depend_on_the_columns() -> None:
    numeric = [{"name": name, "type": "numeric", "min": 0, "max": 9} for name in "abc"]
    words = {"name": "w", "type": "categorical", "min": None, "max": None}
    classes, numbers = {"task": "classification", "target": "t"}, {"task": "regression", "target": "t"}

    assert call(
        "watch/predictionViews.ts",
        "listViews",
        [classes, numeric, False],
        [classes, numeric, True],
        [classes, [words], False],
        [numbers, numeric[:2], False],
        [numbers, numeric, False],
        [numbers, numeric[:1], False],
        [{"task": "regression", "target": None}, numeric, False],
    ) == [
        ["plane", "examples"],
        ["examples", "plane"],
        ["examples"],
        ["plane", "scatter"],
        ["scatter", "plane"],
        ["curve", "scatter"],
        [],
    ]


def test_other_columns_are_held_at_their_mean_or_most_frequent_value() -> None:
    columns = [
        {"name": "x", "type": "numeric", "mean": 2.5, "top": None, "true": None},
        {"name": "sex", "type": "categorical", "mean": None, "top": [{"value": "f", "count": 6}], "true": None},
        {"name": "new", "type": "boolean", "mean": None, "top": None, "true": 4},
        {"name": "seen", "type": "datetime", "mean": None, "top": None, "true": None},
    ]

    assert call("watch/predictionViews.ts", "typicalRow", [columns, 10, []]) == [{"x": 2.5, "sex": "f", "new": False}]


def test_columns_are_ranked_by_the_weights_of_their_inputs() -> None:
    net = {
        "inputs": [{"index": 0, "name": "a"}, {"index": 1, "name": "b is missing"}, {"index": 2, "name": "b c"}],
        "layers": [{"weights": [[1, -1], [3, 0], [0, None]]}],
    }
    columns = [{"name": "a"}, {"name": "b"}, {"name": "b c"}]

    (ranked,) = call("watch/predictionViews.ts", "rankColumns", [columns, net])

    assert [column["name"] for column in ranked] == ["b", "a", "b c"]


def test_the_most_frequent_of_many_classes_have_colours_of_their_own() -> None:
    labels = [f"k{number}" for number in range(9)]
    target = {"top": [{"value": "k7", "count": 5}]}

    (few,) = call("shell/classColours.ts", "chooseColours", [["b", "a"], None])
    (many,) = call("shell/classColours.ts", "chooseColours", [labels, target])

    assert [name for name, _ in few["legend"]] == ["a", "b"]
    assert [name for name, _ in many["legend"]] == ["k0", "k1", "k2", "k3", "k7", "4 other classes"]


def test_a_neuron_is_told_by_the_rows_and_columns_that_it_follows() -> None:
    columns = [{"name": name, "type": kind} for name, kind in (("x", "numeric"), ("y", "numeric"), ("w", "text"))]
    rows = [{"x": n, "y": -2 * n if n < 3 else None, "w": "a"} for n in range(5)]
    outputs = [0, 1, 2, 3, None]

    (found,) = call("watch/response.ts", "correlateColumns", [columns, rows, outputs, 3])

    assert [(name, round(r, 6)) for name, r in found] == [("x", 1), ("y", -1)]
    assert call("watch/response.ts", "findExciting", [outputs, 2]) == [[3, 2]]


def test_tags_are_typed_with_commas_and_equals_signs() -> None:
    before = {"run": "first", "changed_from": "job_1"}

    typed, empty = call("lists/tags.ts", "parseTags", ["keep, run = a=b ,, =x", before], ["", {"old": "1"}])

    assert typed == {"keep": "", "run": "a=b", "changed_from": "job_1"}
    assert empty == {}
    assert call("lists/tags.ts", "listTags", [typed]) == [["keep", "run=a=b"]]


def test_runs_share_an_axis_where_their_curves_have_one_unit() -> None:
    def run(n: int, loss: str, target: str, metrics: dict[str, float]) -> dict[str, Any]:
        epochs = [{"epoch": 1, "train_loss": 1.0, "validation_loss": 0.5, "metrics": metrics}]
        return {"n": n, "epochs": epochs, "job": {"spec": {"loss": loss, "target": target}, "main_metric": "accuracy"}}

    runs = [
        run(0, "cross_entropy", "species", {"accuracy": 0.5}),
        run(1, "cross_entropy", "churned", {"accuracy": 0.75}),
        run(2, "mse", "price", {"rmse": 9.0}),
        run(3, "mse", "rent", {"rmse": 8.0}),
    ]

    found = call("understand/runCurves.ts", "groupRuns", [runs, "loss"], [runs, "accuracy"], [runs, "rmse"])

    assert [[[one["n"] for one in group] for group in groups] for groups in found] == [
        [[0], [1], [2], [3]],
        [[0, 1]],
        [[2], [3]],
    ]
