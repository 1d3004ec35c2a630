"""Data frames out of answers, and in parts into requests: names, the order of rows, and what a notebook shows."""

import json
import re

import polars as pl
import pytest

import gradus
from contract.responses import EpochResponse, PredictedClass, PredictedValue, PredictedValues, PredictionResponse
from gradus.dataframes import cut_frame, list_records, make_frame
from gradus.notebook import MAX_ROWS, render_answer
from tests.unit.gradus.scripted_server import Answer, ReceivedRequest, ScriptedServer, server

__all__ = ["server"]

MODEL = {
    "id": "mdl_1",
    "name": "houses",
    "version": 1,
    "aliases": [],
    "job_id": "job_1",
    "dataset_id": "ds_1",
    "task": "regression",
    "target": "price",
    "targets": ["price"],
    "inputs": [{"name": "sqft", "type": "numeric"}],
    "parameters": 1,
    "weights_sha256": "00",
    "dataset_sha256": "00",
    "metrics": {"validation": {"rmse": 3.0}},
    "created_at": "2026-11-22T10:00:00Z",
}


def answer_with(*predictions: PredictedValue | PredictedValues | PredictedClass | None) -> PredictionResponse:
    return PredictionResponse(
        model_id="mdl_1", name="<b>", version=1, predictions=list(predictions), warnings=[], errors=[]
    )


@pytest.mark.parametrize(
    ("prediction", "columns"),
    [
        (PredictedValue(value=1.0), {"value": 1.0}),
        (PredictedValue(value=1.0, quantiles={"0.05": 0.5}), {"value": 1.0, "quantile_0.05": 0.5}),
        (
            PredictedValues(values={"y": 1.0}, quantiles={"y": {"0.05": 0.5}}),
            {"value_y": 1.0, "quantile_y_0.05": 0.5},
        ),
        (
            PredictedClass(label="no", probabilities={"no": 0.9, "yes": 0.1}),
            {"label": "no", "probability_no": 0.9, "probability_yes": 0.1},
        ),
    ],
)
def test_columns_of_predictions_are_named_as_in_csv(
    prediction: PredictedValue | PredictedValues | PredictedClass, columns: dict[str, object]
) -> None:
    frame = gradus.to_polars(answer_with(prediction, None))
    assert frame.row(0, named=True) == columns
    assert frame.row(1) == (None,) * len(columns)


def test_epochs_become_a_frame_without_empty_columns() -> None:
    epochs = [
        EpochResponse(
            epoch=number, train_loss=1 / number, metrics={"rmse": 2.0}, learning_rate=1, gradient_norm=1, seconds=0.0
        )
        for number in (1, 2)
    ]
    frame = gradus.to_polars(iter(epochs))
    assert frame["metrics_rmse"].to_list() == [2.0, 2.0]
    assert frame["epoch"].to_list() == [1, 2]
    assert "validation_loss" not in frame.columns


def test_rows_as_they_are_given_are_kept() -> None:
    assert list_records([{"object": "chair", "n": 1}]) == [{"object": "chair", "n": 1}]


def test_a_frame_is_predicted_in_parts_and_its_warnings_name_its_own_rows(server: ScriptedServer) -> None:
    asked: list[list[float]] = []

    def answer(request: ReceivedRequest) -> Answer:
        if request.method == "GET":
            return Answer(body=MODEL)
        sizes = [row["sqft"] for row in json.loads(request.body)["rows"]]
        asked.append(sizes)
        assert request.path == "/v1/models/mdl_1/predict"
        warning = {"row": 1, "column": "sqft", "code": "outside_trained_range", "detail": "is far off"}
        found = [{"value": 2.0 * size} for size in sizes]
        return Answer(body={**MODEL, "model_id": "mdl_1", "predictions": found, "warnings": [warning], "errors": []})

    server.script = answer
    frame = pl.DataFrame({"sqft": range(12_000), "price": 1.0})
    with gradus.Client(server.url) as client:
        model = client.models.get("houses")
        with pytest.warns(gradus.RowWarning) as told:
            found = model.predict(frame)

    assert [len(sizes) for sizes in asked] == [5000, 5000, 2000]
    assert found["value"].to_list() == [2.0 * number for number in range(12_000)]
    assert [str(one.message).split(",")[0] for one in told] == ["row 1", "row 5001", "row 10001"]


def test_wide_frames_are_cut_into_fewer_rows_and_an_empty_one_is_asked_once() -> None:
    wide = pl.DataFrame({f"c{number}": [1.0] * 50 for number in range(10_000)})
    assert [len(part) for part in cut_frame(wide, without=[])] == [20, 20, 10]
    assert [len(part) for part in cut_frame(wide.head(0), without=["c1"])] == [0]


def test_a_library_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(gradus.GradusError, match="pip install pandas"):
        make_frame("pandas", {})


def test_an_answer_is_shown_as_a_table_and_what_is_in_it_is_text() -> None:
    shown = render_answer(answer_with(*[PredictedValue(value=float(number)) for number in range(MAX_ROWS + 5)]))
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown
    assert len(re.findall("<tr><td>", shown)) == MAX_ROWS
    assert "… and 5 more" in shown
