"""File formats of uploads, and a reader of each that yields chunks of rows.

Here belongs what depends on the format: bytes, encodings, delimiters, quotes, lines. The types of cells do not.
"""
