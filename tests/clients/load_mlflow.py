"""Loads folders that models were exported to, by MLflow, all in one process; prints what each predicts of some rows.

Its argument is a file of JSON, a list of models: the `folder` of each, its `rows`, and perhaps `params`.
"""

import json
import sys
from pathlib import Path

import mlflow.pyfunc
import pandas as pd

asked = json.loads(Path(sys.argv[1]).read_text())
models = [mlflow.pyfunc.load_model(each["folder"]) for each in asked]  # all of them, before one predicts
frames = [pd.DataFrame(each["rows"]) for each in asked]
predicted = [
    model.predict(frame, params=each.get("params")).to_dict("list")
    for model, frame, each in zip(models, frames, asked, strict=True)
]
try:
    models[0].predict(pd.DataFrame({name: ["what?"] for name in frames[0]}))
    refusal = ""
except Exception as error:
    refusal = f"{type(error).__name__}: {error}"
signature = [str(model.metadata.get_input_schema().to_dict()) for model in models]
print(json.dumps({"predicted": predicted, "signature": signature, "refusal": refusal}))
