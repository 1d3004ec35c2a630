"""What an exported Python file runs: modules that import the standard library and each other, and nothing else.

NumPy is used where it can be imported. Each is a module of Gradus, with its types and tests, whose source is put into
the file as it is; so no name may occur in two of them.
"""
