"""What the service and the worker agree on: specs, states, responses and settings.

Shapes only: pydantic models, names and settings. Here is no behaviour, and nothing that reads or writes.
"""
