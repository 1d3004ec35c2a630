"""Nets: layers of neurons, how they bend their sums, how wrong they are, and whose fault it is.

Here belongs what happens to one batch of rows, forward and back. Here is nothing that remembers from batch to batch.
"""
