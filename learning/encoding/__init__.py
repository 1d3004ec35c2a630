"""Encoders: from a dataset's columns to the numbers that a net takes, one module for each type of column.

An encoder is fitted on training rows only and is then a frozen value: it is stored in the model's file, and encodes a
row that comes years later in the same way. Here belong encoders, the coding of targets, and the rules that decide
which columns can be used; reading files and training do not.
"""
