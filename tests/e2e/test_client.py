"""The Python client end to end: upload a table, train a net, predict."""

import gzip
from pathlib import Path

import polars as pl
import pytest

import gradus
from contract.responses import EpochResponse, JobResponse, PredictedClass, PredictedValue
from tests.e2e.installation import EXAMPLES


def test_penguins_are_classified_better_than_by_the_baseline(client: gradus.Client) -> None:
    epoch_numbers: list[int] = []
    dataset = client.datasets.upload(EXAMPLES / "penguins.csv")
    assert (dataset.status, dataset.rows) == ("ready", 344)
    types = {column.name: column.type for column in dataset.columns or []}
    assert (types["species"], types["bill_length_mm"]) == ("categorical", "numeric")

    job = client.jobs.create(dataset=dataset, target="species", model_name="penguins", epochs=30)
    job.wait(timeout=60, on_epoch=lambda epoch: epoch_numbers.append(epoch.epoch))
    assert job.status == "succeeded"
    assert epoch_numbers == list(range(1, job.progress.epoch + 1)) == [epoch.epoch for epoch in job.epochs()]

    assert job.answer.baselines is not None
    assert "%" in (job.verdict or "")
    assert job.diagnostics().epoch == job.progress.epoch
    assert "species" in job.report().splitlines()[0]
    assert job.report("html").startswith("<!doctype html>")

    model = job.model
    assert (model.name, model.version, model.task, model.classes) == (
        "penguins",
        1,
        "classification",
        ["Adelie", "Chinstrap", "Gentoo"],
    )
    assert model.metrics["validation"]["accuracy"] > 0.9
    asked = "\n".join(line.partition(",")[2] for line in (EXAMPLES / "penguins.csv").read_text().splitlines())
    answer = client.models.predict("penguins", asked.encode())
    labels = [prediction.label for prediction in answer.predictions if isinstance(prediction, PredictedClass)]
    truth = [line.partition(",")[0] for line in (EXAMPLES / "penguins.csv").read_text().splitlines()[1:]]
    assert sum(a == b for a, b in zip(labels, truth, strict=True)) / len(truth) > 0.9


def test_a_price_is_predicted_for_one_row_for_many_and_for_a_file(client: gradus.Client, tmp_path: Path) -> None:
    dataset = client.datasets.upload(EXAMPLES / "houses.csv")
    assert dataset.issue_counts is not None
    assert "1,37o" in [issue.value for issue in client.datasets.issues(dataset.id)]
    client.jobs.create(dataset="houses.csv", target="price", model_name="homes", epochs=60).wait(timeout=60)

    home = {"location": "harbour", "sqft": 1200, "bedrooms": 3}
    one = client.models.predict("homes", home).predictions
    assert isinstance(one[0], PredictedValue)
    assert 100_000 < one[0].value < 1_000_000
    cheaper = client.models.predict("homes", [home, {**home, "location": "fairview"}]).predictions
    assert isinstance(cheaper[1], PredictedValue)
    assert isinstance(cheaper[0], PredictedValue)
    assert cheaper[0].value == pytest.approx(one[0].value)
    assert cheaper[1].value < one[0].value

    path = tmp_path / "homes.csv"
    path.write_text("location,sqft,bedrooms\nharbour,1200,3\nfairview,1200,3\n")
    assert client.models.predict("homes", path).predictions == cheaper
    assert len(client.models.predict_csv("homes", path).splitlines()) == 3


def test_rows_in_memory_and_gzipped_files_are_datasets_too(client: gradus.Client, tmp_path: Path) -> None:
    rows = [{"x": number, "even": number % 2 == 0} for number in range(50)]
    dataset = client.datasets.upload(rows, name="numbers")
    assert (dataset.name, dataset.rows) == ("numbers", 50)
    assert list(client.datasets.rows(dataset.id)) == rows
    zipped = tmp_path / "t.csv.gz"
    zipped.write_bytes(gzip.compress(b"zip;city\n01234;Bonn\n05678;Rom\n"))
    other = client.datasets.upload(zipped, types={"city": "categorical"})
    assert [row["zip"] for row in client.datasets.rows(other.id)] == ["01234", "05678"]
    assert {dataset.id, other.id} <= {listed.id for listed in client.datasets.list()}
    client.datasets.delete(other.id)
    with pytest.raises(gradus.NotFound):
        client.datasets.get(other.id)


def test_a_misspelt_target_is_answered_with_the_right_name_and_trains_nothing(client: gradus.Client) -> None:
    dataset = client.datasets.upload([{"sqft": n, "price": 2 * n} for n in range(30)], name="tiny")
    with pytest.raises(gradus.Invalid) as caught:
        client.jobs.create(dataset=dataset, target="prise")
    (fault,) = caught.value.errors
    assert (fault.pointer, fault.suggestion) == ("#/target", "price")
    assert list(client.jobs.list(dataset_id=dataset.id)) == []
    checked = client.jobs.validate(dataset=dataset, target="price", layers=[{"type": "dense", "units": 8}])
    assert checked.valid
    assert checked.estimate is not None
    assert checked.estimate.parameters > 8


def test_a_file_that_is_no_table_is_refused_with_advice(client: gradus.Client, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")
    with pytest.raises((gradus.ProblemError, gradus.DatasetFailed), match="empty"):
        client.datasets.upload(path)


def test_a_running_job_can_be_watched_and_cancelled(client: gradus.Client) -> None:
    dataset = client.datasets.upload(EXAMPLES / "concrete.csv")
    job = client.jobs.create(
        dataset=dataset, target="compressive_strength", model_name="endless", epochs=1_000_000, early_stopping=None
    )
    for event in job.follow(timeout=60):
        if isinstance(event, EpochResponse):
            break
    with pytest.raises(gradus.Conflict):
        client.datasets.delete(dataset.id)
    assert job.cancel().status == "cancelled"
    assert job.cancel().status == "cancelled"
    with pytest.raises(gradus.JobCancelled):
        job.wait(timeout=20)
    with pytest.raises(gradus.NotFound):
        client.models.get("endless")
    job.delete()
    with pytest.raises(gradus.NotFound):
        job.refresh()


def test_events_read_after_the_end_equal_those_read_live(client: gradus.Client) -> None:
    dataset = client.datasets.upload([{"x": n, "y": 2 * n} for n in range(100)], name="line")
    job = client.jobs.create(dataset=dataset, target="y", epochs=5, early_stopping=None)
    live = [event for event in job.follow(timeout=60) if isinstance(event, EpochResponse)]
    late = list(client.jobs.get(job.id).follow(timeout=60))
    assert [event for event in late if isinstance(event, EpochResponse)] == live
    assert [epoch.epoch for epoch in live] == [1, 2, 3, 4, 5]
    assert isinstance(late[-1], JobResponse)
    assert late[-1].status == "succeeded"


def test_models_have_versions_aliases_a_schema_and_weights(client: gradus.Client) -> None:
    dataset = client.datasets.upload([{"x": n, "y": 2 * n} for n in range(100)], name="line")
    for _ in range(2):
        client.jobs.create(dataset=dataset, target="y", model_name="lines", epochs=2).wait(timeout=60)
    assert client.models.get("lines").version == 2
    client.models.set_alias("lines", "champion", 1)
    assert client.models.get("lines@champion").version == 1
    assert client.models.predict("lines@champion", {"x": 3}).version == 1
    assert client.models.predict("lines:2", {"x": 3}).version == 2
    assert "x" in client.models.schema("lines")["properties"]
    assert client.models.weights("lines").startswith(b"PK")
    client.models.remove_alias("lines", "champion")
    with pytest.raises(gradus.NotFound):
        client.models.get("lines@champion")
    client.models.delete("lines:2")
    assert client.models.get("lines").version == 1


def test_an_odd_row_is_answered_with_a_warning_and_a_wrong_one_is_refused(client: gradus.Client) -> None:
    rows = [{"colour": ("red", "blue")[n % 2], "size": n, "price": n + 50 * (n % 2)} for n in range(80)]
    dataset = client.datasets.upload(rows, name="balls")
    client.jobs.create(dataset=dataset, target="price", model_name="balls", epochs=3).wait(timeout=60)
    odd = client.models.predict("balls", {"colour": "violet", "size": 10_000})
    assert {(warning.column, warning.code) for warning in odd.warnings} == {
        ("colour", "unseen_category"),
        ("size", "outside_trained_range"),
    }
    with pytest.raises(gradus.Invalid) as caught:
        client.models.predict("balls", {"color": "red", "size": 1})
    assert caught.value.errors[0].suggestion == "colour"


def test_layer_statistics_are_streamed_and_earlier_epochs_replayed(client: gradus.Client) -> None:
    rows = [{"colour": ("red", "blue")[n % 2], "size": n, "price": n + 50 * (n % 2)} for n in range(80)]
    dataset = client.datasets.upload(rows, name="balls")
    job = client.jobs.create(dataset=dataset, target="price", model_name="balls", epochs=8, early_stopping=None)
    job.wait(timeout=60)
    looks = list(job.layers())
    assert (looks[0].epoch, looks[-1].epoch) == (1, 8)
    assert [layer.units for layer in looks[0].layers] == [64, 64, 1]

    net = job.weights(units=5)
    assert (net.epoch, net.kept_epochs, len(net.layers[0].shown)) == (8, list(range(9)), 5)
    assert {given.name for given in net.inputs} == {"size", "colour = red", "colour = blue"}

    best = job.best.epoch if job.best else 0
    replayed = job.replay({"colour": "red", "size": 3}, epochs=[0, best])
    predicted = client.models.predict(job.model.id, {"colour": "red", "size": 3}).predictions
    assert [entry.epoch for entry in replayed.data] == [0, best]
    assert replayed.data[1].predictions == predicted

    traced = job.trace({"colour": "red", "size": 3, "price": 3}, epoch=best)
    assert traced.prediction == predicted[0]
    assert traced.update.loss_after != traced.loss
    responses = job.activations({"colour": "red", "size": 3}, layer=2, unit=5, epoch=best)
    assert responses.activations == [traced.layers[1].a[5]]
    with pytest.raises(gradus.Invalid) as caught:
        job.trace({"colour": "red", "size": 3})
    assert caught.value.errors[0].pointer == "#/row/price"


def test_a_data_frame_is_uploaded_and_predicted_from(client: gradus.Client) -> None:
    frame = pl.DataFrame({"sqft": [float(n) for n in range(60)], "city": ["Oslo", "Bergen"] * 30, "price": range(60)})

    dataset = client.datasets.upload(frame)
    client.jobs.create(dataset=dataset, target="price", model_name="frame", epochs=2).wait()
    answer = client.models.predict("frame", frame.drop("price").with_columns(sqft=pl.lit(None, pl.Float64)).head(2))

    assert (dataset.name, dataset.rows) == ("dataframe.parquet", 60)
    assert len(answer.predictions) == 2


def test_a_data_frame_of_pandas_is_uploaded_and_predicted_from(client: gradus.Client) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"day": pandas.date_range("2024-01-01", periods=60), "n": range(60), "y": range(60)})

    dataset = client.datasets.upload(frame)
    client.jobs.create(dataset=dataset, target="y", model_name="pandas", epochs=2).wait()

    assert [column.type for column in dataset.columns or []] == ["datetime", "numeric", "numeric"]
    assert len(client.models.predict("pandas", frame.drop(columns="y").head(2)).predictions) == 2


def test_a_notebook_shows_a_job_as_a_table(client: gradus.Client) -> None:
    dataset = client.datasets.upload([{"<b>": n, "y": n % 2} for n in range(40)])
    job = client.jobs.create(dataset=dataset, target="y", model_name="shown", epochs=2).wait()

    assert f"<td>{job.id}</td>" in job._repr_html_()
