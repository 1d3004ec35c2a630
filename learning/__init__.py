"""Machine learning in NumPy: nets, losses, optimizers, the trainer, encoders, insight, and trained models with bytes.

Here is no pydantic, SQL, HTTP, file, clock or environment: arrays and plain values go in, and come out.
"""
