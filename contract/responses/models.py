"""Responses of models and their aliases."""

from typing import Literal

from pydantic import Field

from contract.responses.base import ColumnKind, ResponseModel, Timestamp
from learning.insight.insight_name import InsightName


class ModelInput(ResponseModel):
    """A column that a model predicts from."""

    name: str
    type: ColumnKind
    categories: list[str] | None = None
    minimum: float | None = Field(default=None, description="The least value seen in training.")
    maximum: float | None = None
    dimensions: int | None = Field(
        default=None, description="The numbers in the vector that is learned of each of its values; null: none is."
    )


class ModelResponse(ResponseModel):
    """A trained model: immutable, served by predict."""

    object: Literal["model"] = "model"
    id: str
    name: str
    version: int
    aliases: list[str]
    job_id: str
    dataset_id: str
    task: Literal["regression", "classification", "recommendation", "language"]
    target: str | None = Field(description="The column that it predicts; null: it predicts several.")
    targets: list[str] = Field(default=[], description="The columns that it predicts.")
    classes: list[str] | None = None
    inputs: list[ModelInput]
    parameters: int
    weights_sha256: str
    dataset_sha256: str
    metrics: dict[str, dict[str, float | None]] = Field(
        description="By part of the rows. Of several targets each is a mean, and follows for each target, such as "
        "`rmse_y`."
    )
    tags: dict[str, str] = Field(default={})
    note: str | None = Field(default=None, description="What its owner noted about it.")
    versions: int = Field(default=1, description="The number of versions that there are of its name.")
    aliases_of_name: dict[str, int] = Field(
        default={}, description="All aliases of its name, with the version that each points to."
    )
    main_metric: str | None = Field(default=None, description="The metric by which versions of its name are compared.")
    unavailable: dict[InsightName, str] = Field(
        default={}, description="The insights that there are not of this model, each with the reason."
    )
    created_at: Timestamp
    created: int = Field(default=0, description="The same in seconds since 1970, as OpenAI's clients read it.")
    owned_by: str = Field(default="", description="Whose it is, as OpenAI's clients read it.")


class AliasResponse(ResponseModel):
    """A name that points to one version of a model and can be moved."""

    object: Literal["alias"] = "alias"
    name: str
    alias: str
    version: int
    model_id: str
