"""What every request meets: routing, OpenAPI, keys, limits, bodies as strict JSON, problems, idempotency, ETags, pages.

Here is no resource, and nothing of the other folders of the service.
"""
