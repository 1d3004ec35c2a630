"""Programs that use other people's clients, in an environment of their own: `environment.run_client` runs one.

What fits beside our own dependencies is in `requirements-dev.lock` and needs none of this: mcp, openai,
open-inference-openapi, pydantic-open-inference, standardwebhooks. MLflow is large, tritonclient wants an older
greenlet than SQLAlchemy has, and kserve and mlserver want older protobufs and pandas than MLflow.
"""
