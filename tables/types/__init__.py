"""What cells mean: numbers, booleans, datetimes, categories or text, in the ways people write them.

Here belongs what depends on the text of cells; the file and the place of a cell are not known here.
"""
