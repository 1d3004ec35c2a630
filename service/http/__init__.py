"""HTTP for every resource: routing, OpenAPI, keys, limits, strict JSON, problems, idempotency, long polling, pages.

No resource is here, and nothing is imported from the other rooms of the service.
"""
