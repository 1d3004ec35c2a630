"""What an exported Python file offers, and the writer of such a file.

The entries, and what they import, go into the file with their sources: so they need the standard library alone, those
of pictures and texts NumPy and Pillow. What they compute lies in `learning.export.python`.
"""
