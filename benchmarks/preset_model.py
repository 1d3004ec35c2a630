"""Models trained in this process as a worker trains them by a preset: one net, or several that become one."""

from dataclasses import replace
from typing import Any, Literal

from learning.data.calibration_rows import keep_calibration_rows
from learning.data.prepare import PreparedData, prepare
from learning.data.split_spec import RANDOM_SPLIT, SplitSpec
from learning.frame import Frame, NumericColumn
from learning.insight.conformal import fit_conformal_scores
from learning.insight.ensemble import create_ensemble
from learning.model import Model, create_model
from learning.nn.net import NeuralNet
from learning.seeding import derive_seed
from learning.training.recipe import Preset, choose_recipe
from learning.training.spec import TrainingSpec
from learning.training.trainer import Trainer


def train_by_preset(
    frame: Frame,
    target: str,
    preset: Preset,
    *,
    seed: int,
    task: Literal["auto", "regression", "classification"] = "auto",
    test: float = 0.0,
) -> Model:
    """Train the model of a preset, of which a share of test rows is held back."""
    numbers = sum(isinstance(frame.column(name), NumericColumn) for name in frame if name != target)
    held_out = test + RANDOM_SPLIT.validation * (1 - test)
    recipe = choose_recipe(preset, int(frame.rows * (1 - held_out)), numbers)
    chosen: dict[str, Any] = {name: choice.value for name, choice in recipe.items()}
    spec = replace(TrainingSpec(seed=seed), **chosen)
    options: dict[str, Any] = {
        "target": target,
        "task": task,
        "seed": seed,
        "numeric": spec.numeric,
        "shared_encoding": spec.nets > 1,
    }
    if spec.nets == 1:
        prepared = keep_calibration_rows(prepare(frame, split=SplitSpec(test=test), **options), seed)
        net = _fit(prepared, spec)
        return create_model(prepared, net, fit_conformal_scores(prepared, net))
    split, nets = SplitSpec(folds=spec.nets, test=test), dict[int, NeuralNet]()
    for fold in range(spec.nets):
        own = replace(spec, seed=derive_seed(seed, f"net {fold + 1}"))
        nets[fold] = _fit(prepare(frame, split=replace(split, fold=fold), **options), own)
    ensemble = create_ensemble(nets, prepare(frame, split=split, all_folds=True, **options))
    conformal = fit_conformal_scores(ensemble.prepared, ensemble.net, ensemble.sample)
    return create_model(ensemble.prepared, ensemble.net, conformal)


def _fit(prepared: PreparedData, spec: TrainingSpec) -> NeuralNet:
    net = NeuralNet(prepared.inputs.net_inputs, tuple(spec.layers), prepared.train.outputs, seed=spec.seed)
    trainer = Trainer(net, prepared.train, prepared.epoch_sample, spec)
    for _ in trainer.run():
        pass
    trainer.finish()
    return net
