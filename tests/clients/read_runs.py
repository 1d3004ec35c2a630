"""Reads what a tracking server has of an experiment, by MLflow's own client, and loads a model from there.

Its arguments are the server's address, the experiment, and a CSV file to predict; it prints the runs as JSON.
"""

import json
import sys

import mlflow
import pandas as pd
from mlflow.tracking import MlflowClient

url, experiment, rows = sys.argv[1:]
mlflow.set_tracking_uri(url)
client = MlflowClient(url)
found = client.get_experiment_by_name(experiment)
runs = []
for run in client.search_runs([found.experiment_id]):
    history = {
        name: [(each.step, each.value) for each in client.get_metric_history(run.info.run_id, name)]
        for name in run.data.metrics
    }
    files = sorted(each.path for each in client.list_artifacts(run.info.run_id, "model"))
    predicted = []
    if "model/MLmodel" in files:
        model = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
        predicted = model.predict(pd.read_csv(rows)).to_dict("list")
    runs.append(
        {
            "status": run.info.status,
            "name": run.info.run_name,
            "tags": run.data.tags,
            "params": run.data.params,
            "history": history,
            "files": files,
            "predicted": predicted,
        }
    )
print(json.dumps(runs))
