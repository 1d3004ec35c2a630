"""The shape of every response, one module a resource, field by field as the API's documentation promises.

The service builds them and describes them in OpenAPI; the client reads them, and ignores what a newer server adds.
Non-finite numbers never go out: the field is null, and `non_finite` names it.
"""

from contract.responses.base import ColumnKind, DeletedResponse, FieldError, Page, Problem, ResponseModel, Timestamp
from contract.responses.datasets import ColumnResponse, DatasetResponse, IssueCounts, IssueResponse, RowsResponse, Top
from contract.responses.jobs import (
    Baseline,
    Baselines,
    Best,
    EpochResponse,
    Estimate,
    JobResponse,
    Latest,
    Progress,
    Reproduction,
    Resume,
    ValidationResponse,
)
from contract.responses.keys import KeyResponse, NewKeyResponse
from contract.responses.models import AliasResponse, ModelInput, ModelResponse
from contract.responses.predictions import PredictedClass, PredictedValue, PredictionResponse, PredictionWarning

__all__ = [
    "AliasResponse",
    "Baseline",
    "Baselines",
    "Best",
    "ColumnKind",
    "ColumnResponse",
    "DatasetResponse",
    "DeletedResponse",
    "EpochResponse",
    "Estimate",
    "FieldError",
    "IssueCounts",
    "IssueResponse",
    "JobResponse",
    "KeyResponse",
    "Latest",
    "ModelInput",
    "ModelResponse",
    "NewKeyResponse",
    "Page",
    "PredictedClass",
    "PredictedValue",
    "PredictionResponse",
    "PredictionWarning",
    "Problem",
    "Progress",
    "Reproduction",
    "ResponseModel",
    "Resume",
    "RowsResponse",
    "Timestamp",
    "Top",
    "ValidationResponse",
]
