"""The export of a model as one Python file, which needs the standard library alone and is faster with NumPy.

`runtime` has what such a file runs, as modules like all others; `composition` puts their sources into one.
"""
