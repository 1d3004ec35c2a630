"""What is told of a job's net while it learns and after: layers, weights, and what it said at each epoch."""
