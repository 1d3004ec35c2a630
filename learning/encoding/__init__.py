"""Encoders of a dataset's columns into the inputs of a net, one module for each type of column.

An encoder is fitted on training rows only and is then immutable: it is stored in the model's file and encodes every
later row in the same way. Here belong encoders, the encoding of targets, and the rules that decide which columns can be
used; reading files and training do not.
"""
