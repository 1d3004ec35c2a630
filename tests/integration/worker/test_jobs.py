"""Jobs and datasets on a real undisturbed worker: their end states and what is stored of them."""

import hashlib

from contract.tasks import INGEST, TRAIN
from learning.model import Model
from process import cores
from tests.databases import on_every_kind
from tests.integration.worker.tables_to_learn import sides, sums
from tests.running import Installation, wait_for
from worker.fingerprint import ARITHMETIC

pytestmark = on_every_kind


def test_a_job_ends_with_a_model_and_every_epoch(steady: Installation):
    job_id = steady.submit(steady.add_dataset(sums()), "y", epochs=8, early_stopping=None)
    steady.send_hint(TRAIN)
    job = steady.wait_for_end(job_id)

    assert (job.status, job.error, job.stop_reason) == ("succeeded", None, "all_epochs")
    assert (job.epoch, job.attempts, job.resumes, job.reproducible) == (8, 1, [], True)
    epochs = steady.epochs(job_id)
    assert [epoch.epoch for epoch in epochs] == list(range(1, 9))
    assert epochs[-1].train_loss < epochs[0].train_loss
    assert all(set(epoch.metrics) == {"rmse", "mae", "r2"} and epoch.seconds > 0 for epoch in epochs)
    assert job.latest["train_loss"] == epochs[-1].train_loss
    best = min(epochs, key=lambda epoch: epoch.validation_loss)
    assert job.best == {"epoch": best.epoch, "validation_loss": best.validation_loss, "metrics": best.metrics}
    assert job.samples_per_second > 0
    assert job.fingerprint["arithmetic"] == ARITHMETIC
    assert job.fingerprint["blas_threads"] == 1
    assert job.fingerprint["cores"] == cores.cores_per_process(1)

    row, data = steady.model(job.model_id)
    model = Model.from_bytes(data)
    assert row.weights_sha256 == job.weights_sha256 == model.weights_sha256
    assert (row.name, row.task, row.target, row.parameters) == ("net", "regression", "y", model.parameter_count)
    assert [column["name"] for column in row.inputs] == ["a", "b"]
    assert row.metrics == {"validation": best.metrics}
    assert row.dataset_sha256 == hashlib.sha256(sums().encode()).hexdigest()


def test_classes_are_learned_and_the_test_rows_evaluated_once(steady: Installation):
    split = {"validation": 0.2, "test": 0.2}
    job_id = steady.submit(steady.add_dataset(sides()), "side", epochs=30, split=split, class_weights="balanced")
    steady.send_hint(TRAIN)
    job = steady.wait_for_end(job_id)

    assert (job.status, job.error) == ("succeeded", None)
    row, _ = steady.model(job.model_id)
    assert row.classes == ["above", "below"]
    assert set(row.metrics) == {"validation", "test"}
    assert row.metrics["test"]["accuracy"] > 0.9


def test_several_numbers_are_learned_with_quantiles_and_reproduced(steady: Installation):
    table = steady.add_dataset(sums())
    spec = {"targets": ["b", "y"], "loss": "quantile", "quantiles": [0.1, 0.5, 0.9], "epochs": 6, "task": "regression"}
    first, again = (steady.submit(table, None, **spec) for _ in range(2))
    steady.send_hint(TRAIN, 2)
    jobs = [steady.wait_for_end(job_id) for job_id in (first, again)]

    assert [(job.status, job.error) for job in jobs] == [("succeeded", None)] * 2
    assert jobs[0].weights_sha256 == jobs[1].weights_sha256
    row, data = steady.model(jobs[0].model_id)
    assert (row.target, row.targets, row.inputs[0]["name"]) == ("b", ["b", "y"], "a")
    assert {"pinball", "coverage", "rmse_y", "pinball_b"} <= row.metrics["validation"].keys()
    assert Model.from_bytes(data).header.output.quantiles == (0.1, 0.5, 0.9)


def test_early_stopping_is_recorded_as_the_stop_reason(steady: Installation):
    stopping = {"patience": 1, "min_delta": 1e6}
    job_id = steady.submit(steady.add_dataset(sums()), "y", epochs=100, early_stopping=stopping)
    steady.send_hint(TRAIN)
    job = steady.wait_for_end(job_id)

    assert (job.status, job.stop_reason, job.epoch) == ("succeeded", "early_stopping", 2)


def test_two_models_of_one_name_are_two_versions(steady: Installation):
    dataset_id = steady.add_dataset(sums())
    versions = []
    for _ in range(2):
        job_id = steady.submit(dataset_id, "y", epochs=1, model_name="twice")
        steady.send_hint(TRAIN)
        row, _ = steady.model(steady.wait_for_end(job_id).model_id)
        versions.append((row.name, row.version))

    assert versions == [("twice", 1), ("twice", 2)]


def test_columns_left_out_of_training_are_warned_of_once(steady: Installation):
    lines = sums().splitlines()
    table = "\n".join([f"{lines[0]},same", *(f"{line},7" for line in lines[1:]), "1.0,2.0,,7", ""])
    job_id = steady.submit(steady.add_dataset(table), "y", epochs=1)
    steady.send_hint(TRAIN)
    job = steady.wait_for_end(job_id)

    assert job.status == "succeeded"
    assert len(job.warnings) == 2
    assert "'y' is missing" in job.warnings[0]
    assert "'same' is not used" in job.warnings[1]


def test_a_job_whose_hint_was_lost_is_trained(steady: Installation):
    job_id = steady.submit(steady.add_dataset(sums()), "y", epochs=1)

    assert steady.wait_for_end(job_id).status == "succeeded"


def test_ten_hints_train_a_job_once(steady: Installation):
    job_id = steady.submit(steady.add_dataset(sums()), "y", epochs=3)
    steady.send_hint(TRAIN, times=10)
    job = steady.wait_for_end(job_id)
    after = steady.submit(job.dataset_id, "y", epochs=1)
    steady.send_hint(TRAIN)
    steady.wait_for_end(after)  # hints are served in their order: the ten were before

    assert (steady.job(job_id).attempts, steady.job(job_id).token) == (1, 1)
    assert len(steady.epochs(job_id)) == 3


def test_a_message_that_is_no_hint_does_no_harm(steady: Installation):
    for task in ("celery.map", "os.system", "gradus.train"):  # the last was a task of earlier versions
        steady.send_hint("job_1", task=task)
    for kind in ("'; DROP TABLE jobs", ["train"], {"train": 1}, None):
        steady.send_hint(kind)
    job_id = steady.submit(steady.add_dataset(sums()), "y", epochs=1)
    steady.send_hint(TRAIN)

    assert steady.wait_for_end(job_id).status == "succeeded"


def test_a_loss_that_becomes_nan_fails_with_advice(steady: Installation):
    wild = {"type": "sgd", "learning_rate": 100.0, "momentum": 0.99}
    job_id = steady.submit(steady.add_dataset(sums()), "y", epochs=50, optimizer=wild)
    steady.send_hint(TRAIN)
    job = steady.wait_for_end(job_id)

    assert (job.status, job.error["type"]) == ("failed", "/problems/diverged")
    assert "learning rate" in job.error["detail"]
    assert all(epoch.train_loss is not None for epoch in steady.epochs(job_id))
    assert job.model_id is None


def test_a_target_with_one_value_fails_with_advice(steady: Installation):
    job_id = steady.submit(steady.add_dataset("a,y\n1,5\n2,5\n3,5\n4,5\n"), "y", epochs=1)
    steady.send_hint(TRAIN)
    job = steady.wait_for_end(job_id)

    assert (job.status, job.error["type"]) == ("failed", "/problems/impossible-target")
    assert "'y'" in job.error["detail"]


def test_a_deleted_table_fails_the_job(steady: Installation):
    dataset_id = steady.add_dataset(sums())
    job_id = steady.submit(dataset_id, "y", epochs=1)
    steady.files.delete(f"datasets/{dataset_id}/table.parquet")
    steady.send_hint(TRAIN)
    job = steady.wait_for_end(job_id)

    assert (job.status, job.error["type"]) == ("failed", "/problems/dataset-gone")


def test_a_torn_table_fails_the_job_under_a_reference_that_the_log_has(steady: Installation):
    dataset_id = steady.add_dataset(sums())
    job_id = steady.submit(dataset_id, "y", epochs=1)
    steady.files.put([b"PAR1 no table"], f"datasets/{dataset_id}/table.parquet", limit=100)
    steady.send_hint(TRAIN)
    job = steady.wait_for_end(job_id)

    assert (job.status, job.error["type"]) == ("failed", "/problems/internal-error")
    reference = next(word for word in job.error["detail"].split() if word.startswith("err_")).rstrip(".")
    assert reference in steady.workers[0].read_log()


def test_a_cancelled_job_stops_at_once_and_writes_nothing_more(steady: Installation):
    endless = steady.submit(steady.add_dataset(sums()), "y", epochs=1_000_000, early_stopping=None)
    steady.send_hint(TRAIN)
    steady.wait_for_epoch(endless, 1)
    steady.cancel(endless)
    recorded = steady.job(endless).epoch
    next_one = steady.submit(steady.job(endless).dataset_id, "y", epochs=1)
    steady.send_hint(TRAIN)

    assert steady.wait_for_end(next_one).status == "succeeded"
    job = steady.job(endless)
    assert (job.status, job.epoch, len(steady.epochs(endless))) == ("cancelled", recorded, recorded)


def test_a_large_file_is_read_on_the_worker(steady: Installation):
    dataset_id = steady.add_unread_dataset(sums())
    steady.send_hint(INGEST)
    row = wait_for(lambda: (row := steady.dataset_row(dataset_id)).status != "processing" and row, "the reading")

    assert (row.status, row.rows, row.error) == ("ready", 300, None)
    assert [(column["name"], column["type"]) for column in row.columns] == [(name, "numeric") for name in "aby"]
    job_id = steady.submit(dataset_id, "y", epochs=1)
    assert steady.wait_for_end(job_id).status == "succeeded"


def test_a_file_is_read_while_every_trainer_trains(steady: Installation):
    endless = steady.submit(steady.add_dataset(sums()), "y", epochs=1_000_000, early_stopping=None)
    steady.send_hint(TRAIN)
    steady.wait_for_epoch(endless, 1)
    dataset_id = steady.add_unread_dataset(sums(250_000))
    row = wait_for(lambda: (row := steady.dataset_row(dataset_id)).status != "processing" and row, "the reading")
    job = steady.wait_for_epoch(endless, steady.job(endless).epoch + 1)

    assert (row.status, row.rows) == ("ready", 250_000)
    assert row.bytes > 4 * 2**20
    assert (job.status, job.attempts, job.resumes) == ("running", 1, [])


def test_a_file_that_is_no_table_fails_without_a_hint(steady: Installation):
    dataset_id = steady.add_unread_dataset("a,b\n")
    row = wait_for(lambda: (row := steady.dataset_row(dataset_id)).status != "processing" and row, "the reading")

    assert row.status == "failed"
    assert row.error["detail"]


def test_a_dataset_whose_file_is_missing_fails(steady: Installation):
    dataset_id = steady.add_unread_dataset(sums())
    steady.files.delete(f"datasets/{dataset_id}/original")
    steady.send_hint(INGEST)
    row = wait_for(lambda: (row := steady.dataset_row(dataset_id)).status != "processing" and row, "the reading")

    assert (row.status, row.error["type"]) == ("failed", "/problems/dataset-gone")
