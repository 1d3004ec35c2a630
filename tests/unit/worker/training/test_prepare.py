"""Preparing a training: nets that are refused before they take memory."""

import pytest

from learning.errors import LearningError
from tests.integration.worker.tables_to_learn import sums
from tests.running import Installation
from tests.unit.worker.conftest import claim_again
from tests.unit.worker.training.test_checkpointer import make_trainer
from worker.context import WorkerContext


def test_a_net_whose_model_cannot_be_stored_is_refused_with_both_numbers(
    installation: Installation, context: WorkerContext
):
    layers = [{"type": "dense", "units": 16_384}] * 2
    installation.submit(installation.add_dataset(sums()), "y", layers=layers)

    with pytest.raises(LearningError, match=r"1,\d\d\d,\d\d\d,\d\d\d bytes, and a model of at most 932,891,136"):
        make_trainer(context, claim_again(context))
