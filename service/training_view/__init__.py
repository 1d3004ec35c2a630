"""A job's net during and after training: layer statistics, stored weights, replays and traced steps. No training."""
