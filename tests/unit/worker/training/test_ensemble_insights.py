"""Insights into several nets that became one: they are of all rows, by nets that did not see them."""

import io
import json

import numpy as np

from learning.data.prepare import prepare
from learning.data.split_spec import SplitSpec
from learning.insight.ensemble import create_ensemble
from learning.nn.layers import Dense
from tests.unit.service.factories import compute_insights_of, fit_net, houses

FOLDS = 3


def test_evaluation_mistakes_and_confusions_are_of_all_rows_that_are_no_test_rows():
    table, settings = houses(), {"target": "dear", "features": ["sqft", "area", "garden"], "shared_encoding": True}
    nets = {}
    for fold in range(FOLDS):
        prepared = prepare(table, **settings, split=SplitSpec(folds=FOLDS, fold=fold, test=0.2))
        nets[fold] = fit_net(prepared, [Dense(units=8), Dense(units=4)], epochs=5, seed=fold)
    whole = prepare(table, **settings, split=SplitSpec(folds=FOLDS, test=0.2), all_folds=True)
    found = create_ensemble(nets, whole)
    insights = compute_insights_of(found.prepared, found.net, epochs=5, validation=found.sample)
    evaluation = json.loads(insights["evaluation"])
    assert evaluation["validation"]["rows"] == len(whole.train) == table.rows - evaluation["test"]["rows"]
    assert evaluation["validation"]["loss"] == np.float64(found.sample.losses.mean())
    rows = np.load(io.BytesIO(insights["confusion.validation"]))
    assert rows.size >= len(whole.train)
    assert json.loads(insights["mistakes.worst.validation"])
    for part in ("validation", "test"):
        naive, linear = evaluation[part]["baselines"]
        assert (naive["name"], linear["name"]) == ("most_frequent_class", "logistic")
        for baseline in (naive, linear):
            found = baseline["comparisons"]["accuracy"]
            net, other = evaluation[part]["metrics"]["accuracy"], baseline["metrics"]["accuracy"]
            assert found["difference"] == net - other
    slices = json.loads(insights["slices.validation"])
    assert slices["rows"] == len(whole.train)
    assert {"area", "sqft"} <= {one["column"] for one in slices["slices"]}
    assert "dear" not in {one["column"] for one in slices["slices"]}
    assert json.loads(insights["importance"])["split"] == "validation"
