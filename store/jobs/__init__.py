"""Jobs and everything that is recorded while they train: claims, epochs, checkpoints, layer statistics."""
