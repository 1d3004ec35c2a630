"""The client in a real Jupyter kernel, with pandas and polars and without what a server needs."""

from pathlib import Path
from typing import Any

from tests.clients.environment import ROOT, run_client
from tests.e2e.installation import EXAMPLES, Installation

HTML = "text/html"


def run_cells(server: Installation, folder: Path, *cells: str) -> list[list[dict[str, Any]]]:
    """What cells show, none of which fails."""
    files = {"JUPYTER_RUNTIME_DIR": str(folder), "IPYTHONDIR": str(folder)}
    shown = run_client("notebook.py", *cells, GRADUS_URL=server.url, PYTHONPATH=str(ROOT), **files)
    assert not [output["error"] for outputs in shown for output in outputs if "error" in output]
    return shown


def test_a_notebook_trains_on_a_frame_watches_and_predicts_a_frame(server: Installation, tmp_path: Path) -> None:
    uploaded, trained, job, model, predicted, history, warned = run_cells(
        server,
        tmp_path,
        f"""
        import gradus, pandas
        client = gradus.Client()
        frame = pandas.read_csv({str(EXAMPLES / "penguins.csv")!r})
        dataset = client.datasets.upload(frame, name="notebook")
        dataset
        """,
        """
        options = dict(target="species", model_name="notebook", preset="fast", epochs=20)
        job = client.jobs.create(dataset=dataset, **options).wait()
        """,
        "job",
        "model = client.models.get('notebook'); model",
        """
        found = model.predict(frame.set_index(frame.index + 1000).tail(3))
        assert list(found.index) == [1341, 1342, 1343]
        assert list(found.columns) == ["label", *(f"probability_{name}" for name in model.classes)]
        assert found["probability_Adelie"].dtype == "float64"
        found
        """,
        """
        epochs = gradus.to_pandas(job.epochs())
        assert list(epochs["epoch"]) == list(range(1, job.progress.epoch + 1))
        assert epochs["metrics_accuracy"].iloc[-1] > 0.9
        list(client.datasets.to_pandas(dataset.id).columns) == list(frame.columns)
        """,
        """
        import warnings
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            model.predict(frame.head(2).assign(body_mass_g=1e6))
        assert all(issubclass(one.category, gradus.RowWarning) for one in told)
        [str(one.message) for one in told]
        """,
    )

    assert "<td>bill_length_mm</td>" in uploaded[-1][HTML]
    first, *updates = trained
    assert HTML in first
    assert all(update["update"] for update in updates)
    assert "validation loss" in updates[-1][HTML]
    assert "polyline" in updates[-1][HTML]
    assert "<td>succeeded</td>" in job[0][HTML]
    assert "<td>species</td>" in model[0][HTML]
    assert "probability_Gentoo" in predicted[0][HTML]
    assert history[0]["text/plain"] == "True"
    assert "row 0, body_mass_g" in warned[0]["text/plain"]
    assert "row 1, body_mass_g" in warned[0]["text/plain"]


def test_a_notebook_gives_and_takes_frames_of_polars(server: Installation, tmp_path: Path) -> None:
    run_cells(
        server,
        tmp_path,
        """
        import datetime, gradus, polars
        client = gradus.Client()
        days = [datetime.date(2024, 1, 1) + datetime.timedelta(days=number) for number in range(90)]
        frame = polars.DataFrame({
            "day": days, "city": ["Oslo", None, "Bergen"] * 30,
            "size": range(90), "price": [3.5 * number for number in range(90)],
        })
        dataset = client.datasets.upload(frame)
        job = client.jobs.create(dataset=dataset, target="price", model_name="polars", epochs=3).wait(show=False)
        """,
        """
        found = job.model.predict(frame.head(4))
        assert isinstance(found, polars.DataFrame) and found.columns == ["value"] and found.height == 4
        assert found["value"].to_list() == [one.value for one in client.models.predict(
            "polars", frame.head(4).drop("price")).predictions]
        """,
        """
        back = client.datasets.to_polars(dataset.id)
        assert back.columns == frame.columns
        assert back["day"].dt.date().to_list() == days
        assert back["city"].to_list() == frame["city"].to_list()
        assert back["price"].dtype == polars.Float64
        assert gradus.to_polars(client.models.list()).height >= 1
        """,
    )
