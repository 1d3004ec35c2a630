"""HTTP in, HTTP out: one blueprint per resource, errors as problem documents, models kept ready to predict.

Here is no SQL and no training: what is remembered is asked of the store, and the worker learns.
"""
