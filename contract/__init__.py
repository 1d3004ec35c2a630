"""The agreement of service, worker and client: specs, states, responses and settings.

Shapes only: pydantic models, names and settings. Here is no behaviour, and nothing that reads or writes.
"""
