"""What the cells of a column mean: numbers, truths, moments, categories or free text, in the ways people write them.

Here belongs what depends on spellings. Where a spelling stood, and in which file, nobody here knows.
"""
