"""Persistence: rows in the database, and files in a folder or bucket.

Functions take the session first, flush, and never commit: who opened the transaction ends it. They add, get, list,
update and delete. Those that take an owner raise NotFound for what is not there or is another owner's. Those that take
a job's or model's id alone rely on the caller, who has looked it up under its owner. No HTTP and no training here.
"""
