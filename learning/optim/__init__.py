"""Optimizers, their update rules over a flat parameter vector, and learning rate schedules."""
