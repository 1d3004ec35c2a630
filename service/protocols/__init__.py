"""Protocols of other servers, so that their clients work with Gradus unchanged: each translates, and nothing else.

What is asked for is done by the resources, as for `/v1`; here are the shapes of requests, answers and errors.
"""
