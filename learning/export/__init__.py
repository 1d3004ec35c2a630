"""Exports: a model's weights as files that other programs read, one module a format.

No format here can carry code that runs when it is opened.
"""
