"""What the service and the worker agree on: what may be asked for, how a job may change, how an answer looks.

Shapes only: pydantic models, names and settings. Here is no behaviour, and nothing that reads or writes.
"""
