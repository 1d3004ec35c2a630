"""The forms that uploads come in, and how each is turned into blocks of rows.

Here belongs what depends on the form of a file: bytes, encodings, delimiters, quotes, lines. What cells mean does not.
"""
