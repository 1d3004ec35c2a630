"""Finite differences: what gradients are compared with."""

import numpy as np

from learning.nn.plan import execute
from learning.seeding import rng_for


def compare_gradients(net, loss, backpropagation, batch, targets=None, *, atol=1e-8):
    """Compare the gradients of all parameters with finite differences of the mean loss, without randomness in it.

    `targets` are those of the loss, where the batch has them encoded.
    """
    targets, rows = batch.targets if targets is None else targets, len(batch.logits)
    backpropagation.seed_with(rng_for(0, "dropout"))
    execute(backpropagation.plan_step(batch))  # from here on, the same values stay silenced
    gradients = np.zeros(net.parameter_count)
    gradients[: net.layer_parameter_count] = net.gradients
    for group, gradient in zip(net.table_groups, net.table_gradients, strict=True):
        group.view(gradients)[gradient.rows] = gradient.values

    def compute_loss():
        execute(backpropagation.plan_forward(batch))
        return loss.total(batch.logits, targets, batch.weights) / rows

    h, expected = 1e-6, np.empty(net.parameter_count)
    for i in range(net.parameter_count):
        kept = net.parameters[i]
        net.parameters[i] = kept + h
        above = compute_loss()
        net.parameters[i] = kept - h
        expected[i] = (above - compute_loss()) / (2 * h)
        net.parameters[i] = kept
    np.testing.assert_allclose(gradients, expected, rtol=1e-5, atol=atol)
    assert np.abs(expected).max() > 1e-3
