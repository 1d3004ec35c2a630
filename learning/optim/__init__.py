"""Optimizers: one file each, with hyperparameters, state and update rule together; and learning rate schedules.

A new optimizer is one new file and its place in the union below. Here is nothing that knows of layers or rows: every
update rule works on one flat vector of parameters.
"""

from learning.optim.adam import Adam, AdamW
from learning.optim.rmsprop import RmsProp
from learning.optim.sgd import Sgd

Optimizer = Sgd | RmsProp | Adam | AdamW

__all__ = ["Adam", "AdamW", "Optimizer", "RmsProp", "Sgd"]
