"""Preparation: from the columns that people have to the numbers that a net can learn from.

Here belong the split of the rows, and the encoders of inputs and target, learned from the training rows alone.
"""
