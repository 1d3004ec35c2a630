"""What trains on the tables: Gradus over HTTP from the CSV, and libraries with their defaults from adapted columns.

Each is a function of training rows, rows to predict, target, task and seed, and gives numbers, or a probability of each
class. The libraries get dates as numbers, and categories with missing as one of them, as their users would give them.
"""

import io
import json
import re
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

import catboost
import lightgbm
import pandas as pd
import xgboost
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

Predict = Callable[[pd.DataFrame, pd.DataFrame, str, str, int], pd.DataFrame]
"""Predicts rows after training: a column `value`, or one for each class."""

_TRUE: Final = frozenset({"yes", "true", "y", "t", "on"})
_DATE: Final = r"^\d{4}[-/]\d\d[-/]\d\d|^\d\d?/\d\d?/\d{4}"


class AdaptedRows(NamedTuple):
    """Training rows and rows to predict with float columns and categories of strings."""

    train: pd.DataFrame
    test: pd.DataFrame
    categories: list[str]


def adapt(train: pd.DataFrame, test: pd.DataFrame) -> AdaptedRows:
    """Dates become numbers, what is no number a category; constant columns are left out."""
    words = [name for name in train if not pd.api.types.is_numeric_dtype(train[name])]
    dates = [name for name in words if train[name].dropna().astype(str).str.match(_DATE).mean() > 0.95]
    parts = []
    for part in (train.copy(), test.copy()):
        for name in dates:
            moment = pd.to_datetime(part[name], errors="coerce", format="mixed", utc=True)
            part[f"{name} month"], part[f"{name} weekday"] = moment.dt.month, moment.dt.dayofweek
            part[f"{name} day"], part[f"{name} hour"] = moment.dt.dayofyear, moment.dt.hour + moment.dt.minute / 60
            part[name] = (moment - pd.Timestamp("2000-01-01", tz="UTC")).dt.total_seconds() / 86_400
        categories = [name for name in words if name not in dates]
        for name in part:
            own = part[name]
            part[name] = own.astype(object).fillna("missing").astype(str) if name in categories else own.astype(float)
        parts.append(part)
    kept = [name for name in parts[0] if parts[0][name].nunique(dropna=False) > 1]
    return AdaptedRows(parts[0][kept], parts[1][kept], [name for name in words if name in kept and name not in dates])


def _finish(model: Any, rows: pd.DataFrame, task: str, classes: list[str] | None = None) -> pd.DataFrame:
    if task == "regression":
        return pd.DataFrame({"value": model.predict(rows).ravel()})
    return pd.DataFrame(model.predict_proba(rows), columns=classes or [str(each) for each in model.classes_])


def _by_scikit_learn(regressor: Callable[[int], Any], classifier: Callable[[int], Any]) -> Predict:
    def predict(train: pd.DataFrame, test: pd.DataFrame, target: str, task: str, seed: int) -> pd.DataFrame:
        rows = adapt(train.drop(columns=target), test)
        numbers = [name for name in rows.train if name not in rows.categories]
        encoder = make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
            (
                OneHotEncoder(
                    handle_unknown="infrequent_if_exist", min_frequency=2, max_categories=100, sparse_output=False
                ),
                rows.categories,
            ),
        )
        number = TransformedTargetRegressor(regressor(seed), transformer=StandardScaler())
        model = make_pipeline(encoder, number if task == "regression" else classifier(seed))
        return _finish(model.fit(rows.train, train[target]), rows.test, task)

    return predict


def _with_category_types(rows: AdaptedRows) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows with pandas' type of categories, and names without marks, which LightGBM and XGBoost refuse."""
    train, test = rows.train.copy(), rows.test.copy()
    for name in rows.categories:
        kind = pd.CategoricalDtype(sorted(train[name].unique()))
        train[name], test[name] = train[name].astype(kind), test[name].astype(kind)
    names = [f"f{number}" for number in range(train.shape[1])]
    return train.set_axis(names, axis=1), test.set_axis(names, axis=1)


def by_lightgbm(train: pd.DataFrame, test: pd.DataFrame, target: str, task: str, seed: int) -> pd.DataFrame:
    """LightGBM with its defaults."""
    x, rows = _with_category_types(adapt(train.drop(columns=target), test))
    kind = lightgbm.LGBMRegressor if task == "regression" else lightgbm.LGBMClassifier
    return _finish(kind(n_jobs=1, random_state=seed, verbose=-1).fit(x, train[target]), rows, task)


def by_xgboost(train: pd.DataFrame, test: pd.DataFrame, target: str, task: str, seed: int) -> pd.DataFrame:
    """XGBoost with its defaults."""
    x, rows = _with_category_types(adapt(train.drop(columns=target), test))
    kind = xgboost.XGBRegressor if task == "regression" else xgboost.XGBClassifier
    model, y, classes = kind(n_jobs=1, random_state=seed, enable_categorical=True), train[target], None
    if task != "regression":
        codes = pd.Categorical(y)
        y, classes = codes.codes, list(codes.categories)
    return _finish(model.fit(x, y), rows, task, classes)


def by_catboost(train: pd.DataFrame, test: pd.DataFrame, target: str, task: str, seed: int) -> pd.DataFrame:
    """CatBoost with its defaults."""
    rows = adapt(train.drop(columns=target), test)
    kind = catboost.CatBoostRegressor if task == "regression" else catboost.CatBoostClassifier
    model = kind(thread_count=1, random_seed=seed, verbose=0, allow_writing_files=False, cat_features=rows.categories)
    return _finish(model.fit(rows.train, train[target]), rows.test, task)


def _as_written(classes: list[str], target: pd.Series) -> list[str]:
    """The classes as the table writes them: of yes and no models say true and false."""
    real = sorted(target.unique())
    if set(classes) != {"false", "true"} or set(real) == set(classes):
        return classes
    return [next(each for each in real if (each.lower() in _TRUE) == (name == "true")) for name in classes]


def by_realmlp(train: pd.DataFrame, test: pd.DataFrame, target: str, task: str, seed: int) -> pd.DataFrame:
    """RealMLP with its tuned defaults; missing numbers, which it refuses, are medians with a column that says so."""
    import pytabkit  # noqa: PLC0415 - large, and only where it is installed

    rows = adapt(train.drop(columns=target), test)
    for name in rows.train.columns.difference(rows.categories):
        if pd.concat([rows.train[name], rows.test[name]]).isna().any():
            median = rows.train[name].median()
            for part in (rows.train, rows.test):
                part[f"{name} is missing"], part[name] = part[name].isna().astype(float), part[name].fillna(median)
    kind = pytabkit.RealMLP_TD_Regressor if task == "regression" else pytabkit.RealMLP_TD_Classifier
    y = train[target].astype(float if task == "regression" else str)
    model = kind(device="cpu", n_threads=1, random_state=seed)
    return _finish(model.fit(rows.train, y.to_numpy(), cat_col_names=rows.categories), rows.test, task)


class GradusService:
    """A service of its own in a temporary directory, spoken to over HTTP only."""

    def __init__(self, program: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="gradus-quality-")
        command = [str(program), "up", "--port", "0", "--data-dir", f"{self._folder.name}/data"]
        log = Path(self._folder.name) / "log.txt"
        with log.open("w") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        while not (found := re.search(r"ready (http://\S+)", log.read_text())):
            if self._process.poll() is not None:
                raise RuntimeError(log.read_text())
            time.sleep(0.1)
        self._url = found[1]

    def stop(self) -> None:
        """End the service."""
        self._process.terminate()
        self._process.wait(300)
        self._folder.cleanup()

    def create_contestant(self, **spec: object) -> Predict:
        """What trains by a job with these fields."""

        def predict(train: pd.DataFrame, test: pd.DataFrame, target: str, task: str, seed: int) -> pd.DataFrame:
            name = f"m{time.time_ns()}"
            dataset = self._send("/v1/datasets?name=t.csv", train.to_csv(index=False).encode(), "text/csv")
            while dataset["status"] not in {"ready", "failed"}:
                dataset = self._send(f"/v1/datasets/{dataset['id']}")
            kind = "regression" if task == "regression" else "classification"
            body = {"dataset_id": dataset["id"], "target": target, "task": kind, "model_name": name, "seed": seed}
            job = self._send("/v1/jobs", json.dumps({**body, **spec}).encode(), "application/json")
            while job["status"] in {"queued", "running"}:
                job = self._send(f"/v1/jobs/{job['id']}", wait=True)
            if job["status"] != "succeeded":
                raise RuntimeError(json.dumps(job["error"]))
            text = self._fetch(f"/v1/models/{name}/predict", test.to_csv(index=False).encode(), "text/csv")
            out = pd.read_csv(io.BytesIO(text), keep_default_na=False)
            if task == "regression":
                return out[["value"]].astype(float)
            found = out[[column for column in out if column.startswith("probability_")]].astype(float)
            classes = [column.removeprefix("probability_") for column in found]
            return found.set_axis(_as_written(classes, train[target]), axis=1)

        return predict

    def _send(self, path: str, body: bytes | None = None, kind: str = "", *, wait: bool = False) -> Any:
        return json.loads(self._fetch(path, body, kind, wait=wait))

    def _fetch(self, path: str, body: bytes | None, kind: str, *, wait: bool = False) -> bytes:
        headers = {"Accept": "text/csv" if path.endswith("/predict") else "application/json"}
        headers |= {"Content-Type": kind} if body is not None else {}
        headers |= {"Prefer": "wait=30"} if wait else {}
        request = urllib.request.Request(self._url + path, body, headers)
        with urllib.request.urlopen(request) as answer:
            return answer.read()


PEERS: Final[dict[str, Predict]] = {
    "linear": _by_scikit_learn(lambda _: RidgeCV(), lambda _: LogisticRegression(max_iter=1000)),
    "scikit-learn MLP": _by_scikit_learn(
        lambda seed: MLPRegressor(early_stopping=True, random_state=seed),
        lambda seed: MLPClassifier(early_stopping=True, random_state=seed),
    ),
    "random forest": _by_scikit_learn(
        lambda seed: RandomForestRegressor(random_state=seed), lambda seed: RandomForestClassifier(random_state=seed)
    ),
    "LightGBM": by_lightgbm,
    "XGBoost": by_xgboost,
    "CatBoost": by_catboost,
    **({"RealMLP-TD": by_realmlp} if find_spec("pytabkit") else {}),
}
