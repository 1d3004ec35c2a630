"""Batches of predictions at work: blocks that are claimed, predicted and committed."""
