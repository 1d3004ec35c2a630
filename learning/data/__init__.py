"""Data: encoded rows, their split, their order in each epoch, and batches."""
