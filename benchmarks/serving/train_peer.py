"""Trains scikit-learn's net for both peers: `train_peer.py TABLE.csv FOLDER`; runs in their own environment."""

import pickle  # for fastapi_peer.py, as scikit-learn's documentation does it
import sys
from pathlib import Path

import mlflow.sklearn
import pandas as pd
from sklearn.neural_network import MLPClassifier

table, folder = pd.read_csv(sys.argv[1]), Path(sys.argv[2])
inputs = table.drop(columns="label")
model = MLPClassifier((64, 64), max_iter=20, random_state=0).fit(inputs.to_numpy(), table["label"])
(folder / "mlp.pickle").write_bytes(pickle.dumps(model))
mlflow.sklearn.save_model(
    MLPClassifier((64, 64), max_iter=20, random_state=0).fit(inputs, table["label"]),
    folder / "mlflow",
    input_example=inputs.head(1),
    pyfunc_predict_fn="predict_proba",
    serialization_format="pickle",
)
