"""Training: the trainer and its specs, steps, parallel workers, early stopping, metrics and checkpoints."""
