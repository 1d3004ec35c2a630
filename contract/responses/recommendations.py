"""Responses of models that recommend."""

from typing import Literal

from pydantic import Field

from contract.responses.base import ResponseModel


class RecommendationReason(ResponseModel):
    """An item, and how much it is like another, from 0 to 1."""

    item: str
    similarity: float


class RecommendedItem(ResponseModel):
    """An item, its expected rating or the probability that it is the next choice, and the nearest things chosen."""

    item: str
    score: float
    reasons: list[RecommendationReason]


class RecommendationsResponse(ResponseModel):
    """Items for somebody, the best first."""

    object: Literal["recommendations"] = "recommendations"
    model_id: str
    name: str
    version: int
    items: list[RecommendedItem]
    warnings: list[str] = Field(description="Users and items that training never saw.")


class SimilarItemsResponse(ResponseModel):
    """Items that are like another one, the most similar first."""

    object: Literal["similar_items"] = "similar_items"
    model_id: str
    name: str
    version: int
    item: str
    items: list[RecommendationReason]
