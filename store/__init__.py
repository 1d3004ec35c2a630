"""Persistence: rows in the database, and files in a folder or bucket.

Functions take the session first, flush, and never commit: who opened the transaction ends it. They add, get, list,
update and delete. No HTTP and no training belong here.
"""
