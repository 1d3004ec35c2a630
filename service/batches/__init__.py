"""Routes of batches of predictions."""
