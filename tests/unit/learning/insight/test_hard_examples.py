"""Hard examples: label errors are found, and nearest neighbours are those of brute force."""

from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.datasets import load_digits

from learning.data.prepare import PreparedData, prepare
from learning.data.split_spec import SplitSpec
from learning.insight.eval_sample import SplitName, draw_sample
from learning.insight.hard_examples import HardExample, find_hard_examples
from learning.insight.neighbours import find_nearest
from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from learning.optim import Adam
from learning.optim.schedules import Constant
from tests.unit.learning.frames import create_categorical, create_frame, create_numeric
from tests.unit.learning.trainings import create_trainer

PARTS: tuple[SplitName, ...] = ("validation", "test", "train")


@dataclass(frozen=True)
class TrainedCase:
    """A net that learned a table, and what was found."""

    prepared: PreparedData
    net: NeuralNet
    found: list[HardExample]

    def rows(self, kind: str, *parts: SplitName) -> list[int]:
        """The rows of the table that were found, the first first."""
        of_kind = [one for one in self.found if one.kind == kind and one.split in (parts or PARTS)]
        return [
            int(getattr(self.prepared.rows, one.split)[one.index]) for one in sorted(of_kind, key=lambda o: -o.score)
        ]


def find_hard_examples_of(
    table,
    target: str | tuple[str, ...],
    epochs: int,
    *,
    effort: float = 2.0**27,
    layers: int = 64,
    most: int = 100,
    quantiles: tuple[float, ...] = (),
) -> TrainedCase:
    prepared = prepare(table, target=target, split=SplitSpec(validation=0.2, test=0.1), quantiles=quantiles)
    net = NeuralNet(prepared.inputs.net_inputs, [Dense(units=layers)] * 2, prepared.train.outputs, seed=0)
    trainer = create_trainer(
        net, prepared.train, prepared.validation, optimizer=Adam(), schedule=Constant(), epochs=epochs, batch_size=32
    )
    for _ in trainer.run():
        pass  # the last epoch's weights, which have learned most by heart
    samples = [draw_sample(net, part, getattr(prepared, part)) for part in PARTS]
    return TrainedCase(
        prepared,
        net,
        find_hard_examples(samples, prepared.train, net, max_multiplications=effort, max_rows=most),
    )


@pytest.mark.parametrize("seed", range(3))
def test_three_flipped_labels_of_the_digits_are_among_the_ten_most_suspect(seed: int):
    digits, chance = load_digits(), np.random.default_rng(seed)
    flipped = chance.choice(len(digits.target), 3, replace=False)
    labels = digits.target.copy()
    labels[flipped] = (labels[flipped] + chance.integers(1, 10, 3)) % 10
    pixels = {f"pixel {place}": create_numeric(column) for place, column in enumerate(digits.data.T)}

    found = find_hard_examples_of(
        create_frame(**pixels, digit=create_categorical([str(label) for label in labels])), "digit", epochs=60
    )

    assert set(flipped.tolist()) <= set(found.rows("suspect_label")[:10])


def test_a_number_that_was_mistyped_is_the_first_suspect_wherever_it_stands():
    chance = np.random.default_rng(0)
    a, b = chance.normal(size=(2, 400))
    y = 3 * a - b
    for row in (7, 100, 299):
        spoilt = y.copy()
        spoilt[row] += 20.0

        assert (
            find_hard_examples_of(
                create_frame(a=create_numeric(a), b=create_numeric(b), y=create_numeric(spoilt)), "y", epochs=30
            ).rows("suspect_label")[0]
            == row
        )


@pytest.mark.parametrize("quantiles", [(), (0.1, 0.5, 0.9)])
def test_of_several_numbers_the_one_that_was_mistyped_is_named(quantiles: tuple[float, ...]):
    chance = np.random.default_rng(0)
    a, b = chance.normal(size=(2, 400))
    y, z = 3 * a - b, 1000 * (a + b)
    z[100] += 20_000.0
    columns = {name: create_numeric(values) for name, values in {"a": a, "b": b, "y": y, "z": z}.items()}

    case = find_hard_examples_of(create_frame(**columns), ("y", "z"), epochs=30, quantiles=quantiles)

    assert case.rows("suspect_label")[0] == case.rows("worst")[0] == 100
    for kind in ("suspect_label", "worst"):
        first = max((one for one in case.found if one.kind == kind), key=lambda one: one.score)
        assert first.column == 1
        part = getattr(case.prepared, first.split)
        logits = case.net.forward(part.x[first.index : first.index + 1])
        assert first.prediction.predicted == case.prepared.output.decode(logits).list_predicted(1)[0]
    assert {one.column for one in case.found} == {0, 1}


def classes_of(rows: int = 600) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(1)
    points = chance.normal(size=(rows, 2))
    return points, np.where(points[:, 0] + points[:, 1] > 0, "above", "below")


def table_of(points: np.ndarray, labels: np.ndarray):
    return create_frame(a=create_numeric(points[:, 0]), b=create_numeric(points[:, 1]), side=create_categorical(labels))


def test_the_worst_have_the_largest_losses_and_the_uncertain_lie_between_the_classes():
    points, labels = classes_of()
    found = find_hard_examples_of(table_of(points, labels), "side", epochs=10)
    validation = found.prepared.validation
    logits = found.net.forward(validation.x)[:, 0].astype(np.float64)
    losses = np.log1p(np.exp(np.where(validation.y == 1, -logits, logits)))

    rows = found.prepared.rows.validation
    assert found.rows("worst", "validation")[:20] == rows[np.argsort(-losses)[:20]].tolist()
    assert found.rows("uncertain", "validation")[:20] == rows[np.argsort(np.abs(logits))[:20]].tolist()
    for one in [one for one in found.found if one.split == "validation"]:
        assert one.loss == pytest.approx(losses[one.index], rel=1e-4)
        assert (
            one.prediction.probabilities[one.prediction.predicted]
            == one.prediction.confidence
            == max(one.prediction.probabilities.values())
        )
        assert one.prediction.probabilities["below"] == pytest.approx(1 / (1 + np.exp(-logits[one.index])), rel=1e-4)


def test_rows_about_which_nothing_is_wrong_are_not_suspected():
    points, labels = classes_of()
    apart = points + np.where(labels == "above", 5.0, -5.0)[:, None]

    assert find_hard_examples_of(table_of(apart, labels), "side", epochs=20).rows("suspect_label") == []


def test_the_nearest_are_training_rows_and_none_is_its_own():
    points, labels = classes_of()
    found = find_hard_examples_of(table_of(points, labels), "side", epochs=2)
    train = found.prepared.train

    for one in found.found:
        row = getattr(found.prepared, one.split).x[one.index]
        distances = np.sqrt(np.square(train.x.astype(np.float64) - row).sum(axis=1))
        if one.split == "train":
            distances[one.index] = np.inf
        assert [near.index for near in one.nearest] == np.argsort(distances, kind="stable")[:3].tolist()
        assert [near.distance for near in one.nearest] == pytest.approx(np.sort(distances)[:3].tolist(), rel=1e-4)


def test_a_small_budget_evaluates_fewer_rows_and_still_finds_the_worst():
    points, labels = classes_of(3000)
    table = table_of(points, labels)

    much, little = (find_hard_examples_of(table, "side", epochs=2, effort=effort, most=20) for effort in (2.0**40, 1.0))

    assert much.rows("worst") == little.rows("worst")
    assert much.rows("uncertain") == little.rows("uncertain")
    known = {near.index for one in little.found for near in one.nearest}
    assert known <= set(range(len(little.prepared.train)))


def test_tables_of_a_few_rows_have_mistakes_too():
    for rows in (4, 6, 12):
        table = create_frame(a=create_numeric(range(rows)), y=create_numeric([2 * n for n in range(rows)]))
        assert len(find_hard_examples_of(table, "y", epochs=1, layers=4).rows("worst", "validation")) >= 1


def test_a_training_of_three_rows_with_one_to_judge_finds_the_others_nearest():
    known = np.array([[0.0], [1.0], [5.0]], np.float32)

    places, distances = find_nearest(known[:1], known, 3, np.array([0]))

    assert places.tolist() == [[1, 2]]
    assert distances.tolist() == [[1.0, 5.0]]
    assert find_nearest(known[:1], known[:1], 3, np.array([0]))[0].shape == (1, 0)


def test_distances_of_similar_rows_far_from_the_mean_are_exact():
    known = np.full((50, 4), 3000.0, np.float32) + np.arange(50, dtype=np.float32)[:, None] / 64

    places, distances = find_nearest(known[20:21], known, 1, np.array([-1]))

    assert (places.tolist(), distances.tolist()) == ([[20]], [[0.0]])


@pytest.mark.parametrize("rows", [3, 65, 2_000, 5_003])
def test_the_nearest_of_many_rows_are_those_that_measuring_all_distances_finds(rows: int):
    random = np.random.default_rng(rows)
    known, asked = random.standard_normal((rows, 4)), random.standard_normal((30, 4))

    places, distances = find_nearest(asked, known, 3, np.full(30, -1))

    every = np.sqrt(np.square(asked[:, None] - known).sum(axis=2))
    assert (places == np.argsort(every, axis=1)[:, :3]).all()
    np.testing.assert_allclose(distances, np.sort(every, axis=1)[:, :3])
