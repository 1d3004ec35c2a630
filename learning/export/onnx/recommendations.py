"""A model that recommends as a graph: users' vectors, which hold what each chose, times the weights of all items."""

import json
from typing import Final

import numpy as np

from learning.export.onnx.operators import Operators
from learning.recommendation.recommender import Recommender

SCORES: Final = "scores"


class RecommendationGraph:
    """The inputs and outputs of a model that recommends.

    Attributes:
        inputs: The user and the item of each row by the names of their columns, strings (rows, 1), in which numbers are
            spelled; empty where missing.
        outputs: `value`, the rating or the probability of a choice of each row's user and item, float64 (rows, 1); and
            `scores`, those of all items for the user (rows, items), which may be beyond the greatest rating, so that
            the best are in order.
        facts: The names of the items, in the order of the scores, as JSON.
    """

    def __init__(self, ops: Operators, recommender: Recommender) -> None:
        encoder, catalogue, op = recommender.encoder, recommender.catalogue, ops.op
        self.inputs = {name: ops.argument(np.str_, ("rows", 1)) for name in (encoder.user, encoder.item)}
        users, items = self.inputs.values()
        vectors, levels = recommender.compute_user_vectors()
        place = ops.reshape(ops.look_up(users, encoder.numbers, len(encoder.users)), [-1])
        matrix = recommender.net.weights[-1].astype(np.float32)
        logits = op.matmul(op.gather(ops.const(vectors), place, axis=0), ops.const(matrix[:-1]))
        scores = ops.cast(op.add(logits, ops.const(matrix[-1])), np.float64)
        of_items = ops.const(catalogue.item_levels, np.float64)
        if catalogue.rated:
            usual = ops.const(catalogue.mean, np.float64)
            level = ops.reshape(op.gather(ops.const(levels, np.float64), place, axis=0), [-1, 1])
            scores = op.mul(scores, ops.const(catalogue.scale, np.float64))
            scores = op.add(op.add(scores, op.add(of_items, usual)), level)
        else:
            scores = op.add(scores, of_items)
            if not catalogue.squared:
                rest = op.exp(op.sub(scores, op.reduce_max(scores, axes=[1], keepdims=1)))
                scores = op.div(rest, op.reduce_sum(rest, ops.const([1], np.int64), keepdims=1))
            usual = op.reduce_min(scores, axes=[1], keepdims=1)
        item = ops.look_up(items, catalogue.numbers, -1)
        is_known = op.greater(item, ops.const(-1, np.int64))
        own = op.gather_elements(scores, op.max([item, ops.const(0, np.int64)]), axis=1)
        most, least = (ops.const(bound, np.float64) for bound in (catalogue.maximum, catalogue.minimum))
        value = op.max([op.min([op.where(is_known, own, usual), most]), least])
        self.outputs = {"value": value, SCORES: scores}
        self.facts = {"items": json.dumps(list(catalogue.items))}
