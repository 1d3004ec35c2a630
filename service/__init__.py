"""HTTP in, HTTP out: a blueprint for each resource, errors as problem documents, models cached for predictions.

No SQL and no training: the store remembers, and the worker trains.
"""
