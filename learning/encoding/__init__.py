"""From a dataset's columns to the numbers that a net can take: one module for each type of column.

An encoder is fitted on training rows, never on others, and is then a frozen value: it goes into a model's file as it
is, and gives a row that comes years later the same numbers.
"""
