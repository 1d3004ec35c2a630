"""The page's functions about scores: thresholds and their costs, curves, intervals in words."""

from tests.page_functions import call


def test_thresholds_give_both_rates_and_the_cheapest_for_given_costs() -> None:
    points = [(0.9, 10, 0), (0.6, 30, 5), (0.5, 35, 20), (0.1, 40, 60)]
    table = {
        "label": "yes",
        "positives": 40,
        "negatives": 60,
        "points": [
            {"threshold": bound, "true_positives": true, "false_positives": false} for bound, true, false in points
        ],
        "gains": [],
    }
    alike, missed = {"falsePositive": 1, "falseNegative": 1}, {"falsePositive": 1, "falseNegative": 20}

    found, dear = call("understand/thresholdCosts.ts", "measureThresholds", [table, alike], [table, missed])
    best = call("understand/thresholdCosts.ts", "findCheapest", [found], [dear])
    (nearest,) = call("understand/thresholdCosts.ts", "findNearest", [found, 0.57])

    assert [one["threshold"] for one in found] == [0.1, 0.5, 0.6, 0.9]
    assert found[2]["precision"] == 30 / 35
    assert found[2]["recall"] == 30 / 40
    assert found[2]["f1"] == 60 / 75
    assert [one["cost"] for one in found] == [60, 25, 15, 30]
    assert [one["cost"] for one in dear] == [60, 120, 205, 600]
    assert best == [2, 0]
    assert nearest == 2


def test_precision_recall_curves_start_at_their_highest_threshold() -> None:
    curve = {
        "points": [
            {"recall": 0.5, "precision": 1.0, "threshold": 0.9},
            {"recall": 0.5, "precision": 0.5, "threshold": 0.8},
            {"recall": 1.0, "precision": 0.6, "threshold": 0.1},
        ]
    }

    (aligned,) = call("understand/rocPoints.ts", "alignPrecision", [[curve]])

    assert aligned == [[0, 0.5, 1], [1, 1, 0.6]]


def test_intervals_and_differences_of_shares_are_told_in_percent() -> None:
    tie = {"difference": 0.007, "low": -0.0124, "high": 0.0264}
    (share, number) = call(
        "understand/intervals.ts",
        "formatInterval",
        ["accuracy", {"low": 0.7137, "high": 0.7651}],
        ["log_loss", {"low": 0.47, "high": 0.52681}],
    )

    assert (share, number) == ("71.4\N{EN DASH}76.5%", "0.47 to 0.527")
    assert call("understand/intervals.ts", "describeDifference", ["accuracy", tie], ["auc", tie]) == [
        "+0.7 pp (\N{MINUS SIGN}1.2 to +2.6)", "+0.007 (\N{MINUS SIGN}0.012 to +0.026)",
    ]  # fmt: skip
