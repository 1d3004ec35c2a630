"""Training a job: claim it, prepare its data, train, record epochs and checkpoints, write the model."""
