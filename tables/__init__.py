"""What an uploaded file becomes: typed columns, a profile, and the list of its faults with their line numbers.

Here belongs everything that knows how people write tables down. Here is no training, no SQL and no HTTP.
"""
