"""Neural networks in NumPy: what learns, and nothing else.

Here belong nets, losses, optimizers, schedules, the trainer, encoders, evaluation and the trained model with its bytes.
Here is no pydantic, SQL, HTTP, file, clock or environment: arrays and plain values go in, and come out.
"""
