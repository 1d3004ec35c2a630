"""Column types and the parsing of cells: numbers, booleans, datetimes, categories and text, in many notations.

Here belongs what depends on the text of cells; their file and line do not.
"""
