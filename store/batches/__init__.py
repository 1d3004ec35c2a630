"""Batches of predictions: their states for their owners, and the blocks that workers claim."""
