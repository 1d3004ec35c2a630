"""What an exported Python file reads cells and rows by, and the writer of such a file.

All modules here but `file` and `cell_rules` go into the file with their sources, and so need the standard library
alone; what they compute lies in `learning.export.python`.
"""
