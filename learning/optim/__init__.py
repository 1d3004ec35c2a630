"""Optimizers: one file each, with hyperparameters, state and update rule together; and learning rate schedules.

A new optimizer is one new file and its place in the union below. Here is nothing that knows of layers or rows: every
update rule works on one flat vector of parameters, and at most knows where matrices are in it.
"""

from learning.optim.adam import Adam, AdamW
from learning.optim.muon import Muon
from learning.optim.rmsprop import RmsProp
from learning.optim.sgd import Sgd

Optimizer = Sgd | RmsProp | Adam | AdamW | Muon

__all__ = ["Adam", "AdamW", "Muon", "Optimizer", "RmsProp", "Sgd"]
