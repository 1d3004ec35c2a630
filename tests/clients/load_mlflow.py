"""Loads folders that models were exported to, by MLflow, all in one process; prints what each predicts of a CSV file.

Its arguments are a CSV file and the folders.
"""

import json
import sys

import mlflow.pyfunc
import pandas as pd

rows, *folders = sys.argv[1:]
models = [mlflow.pyfunc.load_model(folder) for folder in folders]
frame = pd.read_csv(rows)
predicted = [model.predict(frame).to_dict("list") for model in models]
signature = [str(model.metadata.get_input_schema().to_dict()) for model in models]
try:
    models[0].predict(pd.DataFrame({name: ["what?"] for name in frame}))
    refusal = ""
except Exception as error:
    refusal = f"{type(error).__name__}: {error}"
print(json.dumps({"predicted": predicted, "signature": signature, "refusal": refusal}))
