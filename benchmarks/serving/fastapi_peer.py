"""scikit-learn's net behind FastAPI, as its tutorials show it: a pydantic body in, probabilities out."""

import os
import pickle  # as scikit-learn's documentation keeps its nets; this one was made by train_peer.py a moment before
from pathlib import Path

import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel, create_model

model = pickle.loads(Path(os.environ["MODEL"]).read_bytes())
app = FastAPI()
Row = create_model("Row", **{f"x{place}": (float, ...) for place in range(model.n_features_in_)})


class Rows(BaseModel):
    """Rows to predict."""

    rows: list[Row]


def shares(asked: Rows) -> dict[str, list[dict[str, float]]]:
    """The probability of each class, for each row."""
    table = np.array([list(row.model_dump().values()) for row in asked.rows])
    probabilities = model.predict_proba(table).tolist()
    return {"predictions": [dict(zip(model.classes_, row, strict=True)) for row in probabilities]}


@app.post("/predict")
def predict(asked: Rows) -> dict[str, list[dict[str, float]]]:
    """As FastAPI advises for work that does not await: in a thread, so that others are answered meanwhile."""
    return shares(asked)


@app.post("/predict-async")
async def predict_async(asked: Rows) -> dict[str, list[dict[str, float]]]:
    """Quicker alone, and deaf to everybody else while it computes."""
    return shares(asked)
