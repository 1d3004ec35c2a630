"""Quality on real tables: as good as scikit-learn's nets on the same rows."""

import csv
import itertools
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from learning.data.prepare import PreparedData, prepare
from learning.frame import CategoricalColumn, Column, Frame, NumericColumn
from learning.model import Model, create_model
from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from learning.optim import Adam
from learning.optim.schedules import Constant
from learning.tasks.regression import RegressionTarget
from tests.unit.learning.frames import create_categorical, create_frame, create_numeric, create_text
from tests.unit.learning.trainings import create_trainer

EXAMPLES = Path(__file__).parents[4] / "examples"
HIDDEN = (32, 32)
BATCH = 32
SEEDS = range(4)


def read_frame(name: str) -> Frame:
    with (EXAMPLES / name).open(newline="") as file:
        rows = [
            {key: None if cell in {"", "NA"} else cell for key, cell in row.items()} for row in csv.DictReader(file)
        ]
    columns: dict[str, Column] = {}
    for column in rows[0]:
        cells = [row[column] for row in rows]
        try:
            columns[column] = create_numeric([None if cell is None else float(cell) for cell in cells])
        except ValueError:
            columns[column] = create_categorical(cells)
    return Frame(columns, len(rows))


def train_model(prepared: PreparedData, *, epochs: int, seed: int = 0) -> Model:
    """The model after the last epoch, as scikit-learn's is."""
    net = NeuralNet(
        prepared.inputs.net_inputs, [Dense(units=units) for units in HIDDEN], prepared.output.outputs, seed=seed
    )
    trainer = create_trainer(
        net,
        prepared.train,
        prepared.validation,
        optimizer=Adam(),
        schedule=Constant(),
        epochs=epochs,
        batch_size=BATCH,
        seed=seed,
    )
    for _ in trainer.run():
        pass
    return create_model(prepared, net)


def encode_by_hand(table: Frame, target: str, train: np.ndarray) -> np.ndarray:
    """The features as one would prepare them by hand: medians, mean 0 and deviation 1, one-hot with missing."""
    blocks: list[np.ndarray] = []
    for name, column in table.columns.items():
        if name != target and isinstance(column, NumericColumn):
            filled = np.where(np.isnan(column.values), np.nanmedian(column.values[train]), column.values)
            blocks.append(((filled - filled[train].mean()) / filled[train].std())[:, None])
        elif name != target and isinstance(column, CategoricalColumn):
            blocks.append(np.eye(len(column.categories) + 1)[column.codes])
    return np.hstack(blocks)


@pytest.fixture
def ignore_convergence_warnings():
    """Both nets train for the same number of epochs, so scikit-learn's may say that it would go on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def settings_of(epochs: int, seed: int) -> dict[str, object]:
    return {
        "hidden_layer_sizes": HIDDEN,
        "batch_size": BATCH,
        "max_iter": epochs,
        "n_iter_no_change": epochs,
        "alpha": 0.0,
        "random_state": seed,
    }


def validation_rows(table: Frame, prepared: PreparedData) -> Frame:
    return table.take(prepared.rows.validation)


@pytest.mark.usefixtures("ignore_convergence_warnings")
def test_penguins_are_classified_as_well_as_by_scikit_learn():
    table, epochs = read_frame("penguins.csv"), 30
    species = table["species"]
    assert isinstance(species, CategoricalColumn)
    ours: list[float] = []
    theirs: list[float] = []
    for seed in SEEDS:
        prepared = prepare(table, target="species", seed=seed)
        right = np.array(species.categories)[species.codes]
        train, validation = prepared.rows.train, prepared.rows.validation
        labels = (
            train_model(prepared, epochs=epochs, seed=seed)
            .predict(validation_rows(table, prepared))[0]
            .list_predicted()
        )
        ours.append(float(np.mean(np.array(labels) == right[validation])))
        x = encode_by_hand(table, "species", train)
        net = MLPClassifier(**settings_of(epochs, seed)).fit(x[train], right[train])
        theirs.append(float(net.score(x[validation], right[validation])))
    assert np.mean(ours) > 0.95
    assert np.mean(ours) >= np.mean(theirs) - np.std(theirs)


@pytest.mark.usefixtures("ignore_convergence_warnings")
def test_the_strength_of_concrete_is_predicted_as_well_as_by_scikit_learn():
    table, epochs = read_frame("concrete.csv"), 50
    strength = table["compressive_strength"]
    assert isinstance(strength, NumericColumn)
    ours: list[float] = []
    theirs: list[float] = []
    for seed in SEEDS:
        prepared = prepare(table, target="compressive_strength", seed=seed)
        train, validation = prepared.rows.train, prepared.rows.validation
        values = (
            train_model(prepared, epochs=epochs, seed=seed)
            .predict(validation_rows(table, prepared))[0]
            .list_predicted()
        )
        ours.append(rmse(values, strength.values[validation]))
        x, output = encode_by_hand(table, "compressive_strength", train), prepared.output
        assert isinstance(output, RegressionTarget)
        mean, scale = output.mean, output.scale
        net = MLPRegressor(**settings_of(epochs, seed)).fit(x[train], (strength.values[train] - mean) / scale)
        theirs.append(rmse(net.predict(x[validation]) * scale + mean, strength.values[validation]))
    assert np.mean(ours) < 0.5 * strength.values.std()
    assert np.mean(ours) <= np.mean(theirs) + np.std(theirs)


def rmse(predicted: np.ndarray | None, right: np.ndarray) -> float:
    assert predicted is not None
    return float(np.sqrt(np.mean(np.square(predicted - right))))


def test_one_outlier_does_not_spoil_what_is_learned_from_a_column():
    table = read_frame("penguins.csv")
    bill = table["bill_length_mm"]
    assert isinstance(bill, NumericColumn)
    prepared = prepare(table, target="species")
    spoilt_values = bill.values.copy()
    spoilt_values[prepared.rows.train[0]] = 1e30
    spoilt = replace(table, columns={**table.columns, "bill_length_mm": create_numeric(spoilt_values)})
    model = train_model(prepare(spoilt, target="species"), epochs=30)
    rows, species = validation_rows(table, prepared), table["species"]
    assert isinstance(species, CategoricalColumn)
    right = np.array(species.categories)[species.codes][prepared.rows.validation]
    assert np.mean(np.array(model.predict(rows)[0].list_predicted()) == right) > 0.95


def test_sentences_are_classified_by_their_words():
    random = np.random.default_rng(0)
    openings = ["I must say", "Honestly,", "After a week", "As a gift for my aunt", "To be fair,"]
    things = ["the kettle", "this lamp", "the blanket", "their service", "the old radio", "my order"]
    praise = ["is wonderful", "works perfectly", "made me happy", "was great from the start", "is lovely and good"]
    blame = ["is terrible", "broke at once", "made me angry", "was bad from the start", "is a sad waste of money"]
    sentences = [
        (f"{opening} {thing} {verdict}", opinion)
        for opinion, verdicts in (("praise", praise), ("blame", blame))
        for opening, thing, verdict in itertools.product(openings, things, verdicts)
    ]
    sentences = [sentences[i] for i in random.permutation(len(sentences))[:150]]
    table = create_frame(
        sentence=create_text([text for text, _ in sentences]),
        opinion=create_categorical([said for _, said in sentences]),
    )
    model = train_model(prepare(table, target="opinion"), epochs=30)
    new = create_text(["The chair works perfectly and made me happy.", "What a terrible chair, it broke!"])
    assert model.predict(create_frame(sentence=new))[0].list_predicted() == ["praise", "blame"]
    prepared = prepare(table, target="opinion")
    right = [sentences[row][1] for row in prepared.rows.validation]
    assert np.mean(np.array(model.predict(validation_rows(table, prepared))[0].list_predicted()) == right) > 0.95


def test_ratings_are_predicted_from_users_and_items():
    random = np.random.default_rng(0)
    taste, kind = random.integers(0, 3, 40), random.integers(0, 3, 30)
    user, item = np.divmod(random.permutation(40 * 30)[:900], 30)
    generosity, quality = random.normal(0.0, 0.8, 40), random.normal(0.0, 0.8, 30)
    rating = 3.0 + generosity[user] + quality[item] + 0.8 * (taste[user] == kind[item]) + random.normal(0.0, 0.1, 900)
    table = create_frame(
        user=create_categorical([f"user {i}" for i in user]),
        item=create_categorical([f"item {i}" for i in item]),
        rating=create_numeric(rating),
    )
    prepared = prepare(table, target="rating")
    predicted = train_model(prepared, epochs=40).predict(validation_rows(table, prepared))[0].list_predicted()
    right = rating[prepared.rows.validation]
    train = prepared.rows.train
    means = np.array([rating[train][item[train] == i].mean() for i in range(30)])
    assert rmse(predicted, right) < 0.7 * rmse(means[item[prepared.rows.validation]], right)
