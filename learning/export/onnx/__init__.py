"""The export of a model as a graph of ONNX, with all that a row goes through before and behind the net.

It is built by the package spox, of the extra `onnx`, which is imported when a model is exported.
"""
