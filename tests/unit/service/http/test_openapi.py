"""The OpenAPI document: valid, equal to the one in the docs, and complete."""

import json
import re
from pathlib import Path

from flask import Flask
from openapi_spec_validator import validate

from contract.problems import PROBLEM_KINDS
from learning.errors import LearningError
from service.app import ROUTES, openapi_text

ROOT = Path(__file__).parents[4]
KEPT = ROOT / "docs" / "openapi.json"

PROMISED = """
GET /healthz
GET /readyz
GET /metrics
GET /
GET /openapi.json
GET /docs
GET /problems
GET /problems/{slug}
POST /v1/datasets
GET /v1/datasets
GET /v1/datasets/{id}
PATCH /v1/datasets/{id}
DELETE /v1/datasets/{id}
GET /v1/datasets/{id}/rows
GET /v1/datasets/{id}/issues
GET /v1/datasets/{id}/column-strengths
GET /v1/datasets/{id}/content
GET /v1/datasets/{dataset_id}/images/{row}
POST /v1/jobs
POST /v1/jobs/validate
POST /v1/sweeps
GET /v1/sweeps
GET /v1/sweeps/{id}
GET /v1/sweeps/{id}/trials
POST /v1/sweeps/{id}/finish
POST /v1/sweeps/{id}/cancel
DELETE /v1/sweeps/{id}
GET /v1/jobs
GET /v1/jobs/{id}
GET /v1/jobs/{id}/split
PATCH /v1/jobs/{id}
DELETE /v1/jobs/{id}
POST /v1/jobs/{id}/cancel
POST /v1/jobs/{id}/pause
POST /v1/jobs/{id}/resume
POST /v1/jobs/{id}/finish
POST /v1/jobs/{id}/reproduce
GET /v1/jobs/{id}/epochs
GET /v1/jobs/{id}/events
GET /v1/jobs/{id}/diagnostics
GET /v1/jobs/{id}/report
GET /v1/jobs/{id}/layers
GET /v1/jobs/{id}/weights
GET /v1/jobs/{id}/item-map
POST /v1/jobs/{id}/replay
POST /v1/jobs/{id}/activations
POST /v1/jobs/{id}/trace
POST /v1/jobs/{id}/token-trace
GET /v1/jobs/{id}/filters
POST /v1/jobs/{id}/feature-maps
POST /v1/models/{ref}/batches
GET /v1/batches
GET /v1/batches/{id}
GET /v1/batches/{id}/output
GET /v1/batches/{id}/errors
POST /v1/batches/{id}/cancel
DELETE /v1/batches/{id}
POST /v1/webhooks
GET /v1/webhooks
GET /v1/webhooks/{id}
PATCH /v1/webhooks/{id}
DELETE /v1/webhooks/{id}
POST /v1/webhooks/{id}/rotate
POST /v1/webhooks/{id}/replay
POST /v1/webhooks/{id}/test
GET /v1/webhooks/{id}/deliveries
POST /v1/webhooks/{id}/deliveries/{id}/replay
GET /v1/models
GET /v1/models/{ref}
PATCH /v1/models/{ref}
GET /v1/models/{ref}/comparison
DELETE /v1/models/{ref}
PUT /v1/models/{name}/aliases/{alias}
DELETE /v1/models/{name}/aliases/{alias}
POST /v1/models/{ref}/predict
POST /v1/models/{ref}/feedback
GET /v1/models/{ref}/monitoring
POST /v1/models/{ref}/generate
POST /v1/models/{ref}/next-tokens
POST /v1/completions
GET /v1/models/{ref}/evaluation
POST /v1/models/{ref}/evaluate
GET /v1/models/{ref}/mistakes
GET /v1/models/{ref}/confusion
GET /v1/models/{ref}/slices
POST /v1/models/{ref}/explain
POST /v1/models/{ref}/recommend
GET /v1/models/{ref}/similar
GET /v1/models/{ref}/items
GET /v1/models/{ref}/item-map
GET /v1/models/{ref}/filters
POST /v1/models/{ref}/feature-maps
GET /v1/models/{ref}/users
GET /v1/models/{ref}/recommendation-errors
GET /v1/models/{ref}/surprises
GET /v1/models/{ref}/neuron-contexts
GET /v1/models/{ref}/importance
GET /v1/models/{ref}/partial-dependence
GET /v1/models/{ref}/weights
GET /v1/models/{ref}/export
GET /v1/models/{ref}/schema
GET /v1/access
POST /v1/keys
GET /v1/keys
GET /v1/keys/{id}
DELETE /v1/keys/{id}
POST /endpoints/{ref}/invocations
POST /invocations
POST /mcp
GET /api/2.0/endpoints/
GET /api/2.0/endpoints/{name}
GET /ping
GET /health
GET /version
GET /v2
GET /v2/health/live
GET /v2/health/ready
GET /v2/models/{ref}
GET /v2/models/{ref}/ready
POST /v2/models/{ref}/infer
GET /v2/models/{ref}/versions/{version}
GET /v2/models/{ref}/versions/{version}/ready
POST /v2/models/{ref}/versions/{version}/infer
"""


def test_the_document_is_valid_openapi() -> None:
    validate(json.loads(openapi_text()))


def test_the_document_in_the_docs_is_the_one_that_is_served() -> None:
    assert KEPT.read_text() == openapi_text(), "write it anew: python -m service openapi > docs/openapi.json"


def test_every_documented_route_exists() -> None:
    there = {(route.method, re.sub("{.*?}", "{}", route.path)) for resource in ROUTES for route in resource}
    promised = {tuple(re.sub("{.*?}", "{}", line).split()) for line in PROMISED.split("\n") if line}

    assert promised - there == set()
    assert {path for _, path in there - promised} <= {"/docs/{}", "/docs/swagger-ui/{}", "/page/{}"}


def test_the_app_serves_exactly_the_routes_of_the_document(app: Flask) -> None:
    answered = {
        (method, re.sub("<.*?>", "{}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    named = {
        (method.upper(), re.sub("{.*?}", "{}", path))
        for path, operations in json.loads(openapi_text())["paths"].items()
        for method in operations
    }

    assert answered == named


def test_every_route_documents_its_purpose_and_scope() -> None:
    for resource in ROUTES:
        for route in resource:
            assert route.scope in {"public", "any", "read", "train", "predict", "admin"}
            assert route.summary
            assert route.description
            assert route.status in {200, 201, 202, 204, 302}
            assert set(route.problems) <= set(PROBLEM_KINDS)


def test_every_way_in_which_a_job_or_a_file_can_fail_is_explained() -> None:
    def kinds(error: type[LearningError]) -> set[str]:
        return {error.slug}.union(*(kinds(more) for more in error.__subclasses__()))

    named_by_tables = {
        slug
        for source in (ROOT / "tables").rglob("*.py")
        for slug in re.findall(r'UnreadableFile\(\s*"([a-z-]+)"', source.read_text())
    }

    assert named_by_tables
    assert (kinds(LearningError) | named_by_tables) - set(PROBLEM_KINDS) == set()
