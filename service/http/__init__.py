"""The edge: what every request meets, whatever it asks for.

Here belong routing, the OpenAPI document, errors as problems, lists, waiting and repeating. Here is no resource.
"""
