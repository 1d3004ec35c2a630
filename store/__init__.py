"""What is remembered: rows in the database, and files.

Functions take the session first, flush, and never commit: whoever opened the transaction ends it.
Here is no HTTP and no training.
"""
