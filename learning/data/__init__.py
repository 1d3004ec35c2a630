"""Data: the rows that a net learns from, their split into parts, their order in each epoch, and batches of them."""
