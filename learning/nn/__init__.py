"""Nets: layers, activation functions, losses, inference and backpropagation.

Here belongs what happens to one batch of rows, forward and back. Here is no state that outlives a batch.
"""
