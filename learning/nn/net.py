"""A neural net: layers over one flat vector of parameters.

Each layer's parameters are a stretch of the vector, and its gradient the same stretch of a second one, so that
optimizer steps, copies, saving and loading are each one operation whatever the layers are. Behind them lie the tables
of embeddings, of whose gradient only the rows are kept that a batch touched.
"""

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nn.image_plan import ImagePlan, choose_slice_rows
from learning.nn.inference import InferencePlan, choose_chunk_rows, plan_inference
from learning.nn.layers import Dense, Layer, add_output_layer, list_inference_layers, place_net
from learning.nn.layers.embedding import AnyGroup, group_tables
from learning.nn.layers.embedding_bag import place_bags
from learning.nn.layers.inputs import NetInputs, RowArrays, to_net_inputs
from learning.nn.layers.pooled_conv import merge_pooling
from learning.nn.layers.stack import StackPlan, place_layers
from learning.nn.layers.table_gradient import TableGradient
from learning.nn.token_plan import TokenPlan, choose_window_rows, count_scores, score_tokens
from learning.seeding import rng_for

OUTPUT_INIT_SCALE = 0.1
"""Factor on the output layer's first weights: a net that begins with near-constant outputs need not unlearn large ones
(Zhang, Dauphin & Ma 2019)."""

MAX_POOLED_BYTES = 2**17
"""Maximum memory of an inference plan that a thread leaves to the next prediction."""


class NeuralNet:
    """Hidden layers and a linear output layer; a net without hidden layers is a linear model.

    Args:
        inputs: What goes into it; if there are numbers alone, their number.
        layers: The hidden layers, first to last.
        outputs: The number of logits.
        seed: The seed of the first weights.
        dtype: float32, or float64 to check derivatives.
        parameters: Weights to use as they are, uncopied, instead of first ones; they have the net's dtype.

    Attributes:
        layers: The hidden layers and the output layer.
        placed: The same with their shapes and their stretches of the parameters.
        net_inputs: What goes into it.
        image_layers: Those that see pictures, if any, which come first.
        joined_layers: The others, from the first dense one on.
        inputs: The number of joined values of a row that the first of them reads: numbers, the vectors of ids, and the
            features of its picture.
        parameters: All parameters (parameter_count,): those of the layers, layer by layer, then the tables.
        gradients: The gradients of the layers' parameters (layer_parameter_count,), which backpropagation fills.
        table_groups: The tables of embeddings, in groups of the same length of vectors.
        bag_tables: Those of them that are of texts.
        table_gradients: The gradient of each group, which backpropagation fills.
        inference_layers: The joined layers as predictions run them, without dropout; they have the same parameters.
        max_width: The largest number of values of a row before, between and after the layers.
        products: About how often it multiplies in a forward pass of a row.
        chunk_rows: The number of rows of a forward pass; more are passed in chunks.
        slice_rows: The most pictures that pass the image layers at a time, or the most rows of tokens.
        row_outputs: The number of values that `forward` returns for a row: logits, or scores of tokens.
        positions: The positions of a row of tokens, each of which has logits; 1 of other rows.

    Raises:
        LayerMisfit: if a layer does not fit what comes before it.
    """

    def __init__(
        self,
        inputs: int | NetInputs,
        layers: Sequence[Layer],
        outputs: int,
        *,
        seed: int,
        dtype: DTypeLike = np.float32,
        parameters: NDArray[np.floating] | None = None,
    ) -> None:
        self.net_inputs, self.outputs = to_net_inputs(inputs), outputs
        self.layers: tuple[Layer, ...] = add_output_layer(layers, outputs)
        placed_net = place_net(self.net_inputs, layers, outputs)
        self.placed, self.products = placed_net.layers, placed_net.products
        self.image_layers = self.layers[: len(placed_net.image)]
        self.joined_layers = self.layers[len(placed_net.image) :]
        self.inference_layers = list_inference_layers(self.joined_layers)
        self.inputs = self.net_inputs.width + placed_net.features
        self.image_stretch = slice(0, placed_net.joined[0].stretch.start)
        self.joined_stretch = slice(self.image_stretch.stop, placed_net.parameters)
        self.slice_rows = choose_slice_rows(placed_net.image)
        self.row_outputs, self.positions = outputs, 1
        self._dense = [leaf for layer in self.placed for leaf in layer.leaves() if isinstance(leaf.layer, Dense)]
        count = self.layer_parameter_count + self.net_inputs.table_parameters
        self.parameters: NDArray[np.floating] = np.zeros(count, dtype) if parameters is None else parameters
        # takes no memory before it is written
        self.gradients: NDArray[np.floating] = np.zeros(self.layer_parameter_count, dtype)
        start, numbers = self.layer_parameter_count, self.net_inputs.numbers
        embedded: list[AnyGroup] = [*group_tables(self.net_inputs.embeddings, numbers, start)]
        ends = (embedded[-1].part.stop, embedded[-1].stretch.stop) if embedded else (numbers, start)
        self.bag_tables = place_bags(self.net_inputs.bags, *ends)
        self.table_groups = [*embedded, *self.bag_tables]
        self.table_gradients = [TableGradient(group.table, self.dtype) for group in self.table_groups]
        sizes = [math.prod(leaf.output_shape) for layer in self.placed for leaf in layer.leaves()]
        self.max_width = max(self.inputs, *sizes)
        tokens = self.net_inputs.tokens
        if tokens is None:
            self.chunk_rows = choose_chunk_rows(place_layers(self.inference_layers, (self.inputs,)))
        else:
            self.row_outputs, self.positions = count_scores(tokens), tokens.context
            self.slice_rows = self.chunk_rows = choose_window_rows(tokens, self.max_width)
        self._plans: list[InferencePlan] = []
        self._image_plans: list[ImagePlan] = []
        if parameters is None:
            self._draw_parameters(seed)

    def _draw_parameters(self, seed: int) -> None:
        random = rng_for(seed, "weights")
        for placed in self.placed:
            views = placed.cut_parameters(self.parameters)
            for parameter in placed.parameters:
                views[parameter.name][...] = parameter.initializer(random)
        self.parameters[self.placed[-1].stretch] *= OUTPUT_INIT_SCALE
        for number, (embedding, table) in enumerate(zip(self.net_inputs.tables, self.tables, strict=True)):
            table[...] = embedding.parameter.initializer(rng_for(seed, f"embedding {number}"))

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """The dtype of parameters and logits."""
        return self.parameters.dtype

    @property
    def parameter_count(self) -> int:
        """The number of weights, biases and other parameters of the net."""
        return len(self.parameters)

    @property
    def layer_parameter_count(self) -> int:
        """The number of parameters of the layers, which come first."""
        return self.placed[-1].stretch.stop

    @property
    def tables(self) -> list[NDArray[np.floating]]:
        """The table (ids, units) of each column of ids, then of each column of texts; views of `parameters`."""
        return self.view_tables(self.parameters)

    def view_tables(self, vector: NDArray[np.floating]) -> list[NDArray[np.floating]]:
        """View the stretches of the tables in a vector (parameter_count,) as tables (ids, units), uncopied."""
        stretches = zip(self.table_stretches, self.net_inputs.tables, strict=True)
        return [vector[stretch].reshape(embedding.parameter.shape) for stretch, embedding in stretches]

    def average_last_vectors(self, shares: Sequence[NDArray[np.float64] | None]) -> None:
        """Set the last vector of each table to the mean of its vectors by their shares (ids,); None: leave it.

        The last id stands for what training did not have. The first layer is linear, so its output for the mean vector
        is its mean output.
        """
        for table, share in zip(self.tables, shares, strict=True):
            if share is not None:
                table[-1] = np.einsum("i,ij->j", share, table)

    @property
    def table_stretches(self) -> list[slice]:
        """Where each table lies in the vector."""
        sizes = [embedding.ids * embedding.units for embedding in self.net_inputs.tables]
        ends = list(accumulate(sizes, initial=self.layer_parameter_count))
        return [slice(start, end) for start, end in pairwise(ends)]

    @property
    def dense_layers(self) -> tuple[Dense, ...]:
        """The dense layers, also those within others: a chain, as what lies between them keeps the number of values."""
        return tuple([cast("Dense", placed.layer) for placed in self._dense])

    @property
    def dense_stretches(self) -> list[slice]:
        """Where the parameters of each dense layer lie in the vector."""
        return [placed.stretch for placed in self._dense]

    @property
    def weights(self) -> list[NDArray[np.floating]]:
        """The matrix (inputs + 1, units) of each dense layer, its last row the biases; as `weight_views` returns it."""
        return self.weight_views(self.parameters)

    def weight_views(self, vector: NDArray[np.floating]) -> list[NDArray[np.floating]]:
        """View the stretches of the dense layers in a vector of all layers' parameters as their matrices.

        That of a layer of several groups is a copy, with zeros between them.
        """
        stretches = zip(self.dense_layers, self.dense_stretches, strict=True)
        return [layer.spread_groups(layer.view_matrix(vector[stretch])) for layer, stretch in stretches]

    def rebind_parameters(self, memory: NDArray[np.floating]) -> None:
        """Move the parameters to other memory (parameter_count,)."""
        memory[...] = self.parameters
        self.parameters = memory
        self._plans, self._image_plans = [], []

    def decay_mask(self) -> NDArray[np.floating]:
        """Return 1 for each parameter of the layers that weight decay pulls towards zero, else 0."""
        parameters = [each for placed in self.placed for each in placed.parameters]
        return np.concatenate([np.full(each.size, each.decays, self.dtype) for each in parameters])

    def plan_layers(self, rows: int, gradients: NDArray[np.floating] | None = None) -> StackPlan:
        """Plan the joined layers for `rows` rows as predictions run them.

        With memory for the gradients of all layers' parameters a backward pass fills it; else it goes back to the
        joined values alone.
        """
        joined = self.joined_stretch
        own = None if gradients is None else gradients[joined]
        return StackPlan(self.inference_layers, self.parameters[joined], own, (self.inputs,), rows)

    def join(
        self,
        numbers: NDArray[np.floating],
        ids: NDArray[np.integer] | None = None,
        images: NDArray[np.uint8] | None = None,
        tokens: NDArray[np.int32] | None = None,
        terms: NDArray[Any] | None = None,
    ) -> NDArray[np.floating]:
        """Return the joined values (rows, inputs) of rows: numbers, vectors of ids and texts, features of pictures.

        Args:
            numbers: The numbers (rows, numbers).
            ids: The ids (rows, columns), if there are any.
            images: The pixels (rows, channels, height, width), if there are any.
            tokens: None; those of a text are not joined.
            terms: The terms (rows, slots), if there are any.
        """
        if tokens is not None:
            raise ValueError("a net that reads a text has no joined values")
        if ids is None and images is None and terms is None:
            return numbers
        joined: NDArray[np.floating] = np.empty((len(numbers), self.inputs), self.dtype)
        self.net_inputs.join(joined, self.tables, numbers, ids, terms)
        if images is not None:
            self._compute_features(images, joined[:, self.net_inputs.width :])
        return joined

    @np.errstate(all="ignore")
    def _compute_features(self, images: NDArray[np.uint8], out: NDArray[np.floating]) -> None:
        """Write the features of pictures (rows, channels, height, width) into `out` (rows, features), in slices."""
        plan: ImagePlan | None = None
        for start in range(0, len(images), self.slice_rows):
            part = images[start : start + self.slice_rows]
            if plan is None or plan.rows != len(part):
                plan = self._take_image_plan(len(part))
            plan.compute_features(part, out[start : start + len(part)])
        if plan is not None and plan.rows in {1, self.slice_rows}:
            self._image_plans = [plan]

    def _take_image_plan(self, rows: int) -> ImagePlan:
        """Return a plan for so many pictures that no other thread uses: the last one, or a new one."""
        try:
            plan = self._image_plans.pop()
        except IndexError:
            plan = None
        if plan is not None and plan.rows == rows:
            return plan
        image, layers = self.net_inputs.require_image(), merge_pooling(list_inference_layers(self.image_layers))
        return ImagePlan(image, layers, self.parameters[self.image_stretch], None, rows)

    def allocate_rows(self, rows: int) -> NDArray[np.floating]:
        """Allocate memory for the numbers of rows (rows, numbers), or with further columns of the first layer."""
        if self.net_inputs.width > self.net_inputs.numbers or self.net_inputs.image is not None:
            # the first layer's memory is that of one batch, in which they are joined
            return np.empty((rows, self.net_inputs.numbers), self.dtype)
        return self.layers[0].allocate_rows(rows, self.inputs, self.dtype)

    @np.errstate(all="ignore")
    def forward(
        self,
        x: NDArray[np.floating],
        ids: NDArray[np.integer] | None = None,
        images: NDArray[np.uint8] | None = None,
        tokens: NDArray[np.int32] | None = None,
        terms: NDArray[Any] | None = None,
    ) -> NDArray[np.floating]:
        """Return the logits (rows, outputs); safe from any number of threads at once.

        Args:
            x: The joined values (rows, inputs); with any of the others, the numbers (rows, numbers).
            ids: The ids of each row (rows, columns); one out of range is taken for the nearest.
            images: The pixels of each row (rows, channels, height, width).
            tokens: The tokens of each row (rows, context + 1), of a net that learns to write: in place of logits their
                scores are returned (rows, row_outputs), as `TokenPlan` has them.
            terms: The terms of each row (rows, slots).
        """
        if tokens is not None:
            return score_tokens(self.plan_tokens, tokens, self.chunk_rows)
        logits: NDArray[np.floating] = np.empty((len(x), self.outputs), self.dtype)
        idle = self._plans
        try:
            forward = idle.pop()
        except IndexError:
            forward = None
        for start in range(0, len(x), self.chunk_rows):
            part = x[start : start + self.chunk_rows]
            if ids is not None or images is not None or terms is not None:
                own = slice(start, start + self.chunk_rows)
                part = self.join(*RowArrays(x, ids, images, None, terms).take(own))
            if forward is None or forward.rows != len(part):
                own_parameters = self.parameters[self.joined_stretch]
                forward = plan_inference(self.inference_layers, own_parameters, self.inputs, len(part))
            logits[start : start + len(part)] = forward(part)
        if forward is not None and forward.bytes <= MAX_POOLED_BYTES:
            idle.append(forward)
        return logits

    def plan_tokens(self, rows: int) -> TokenPlan:
        """Plan the forward pass of so many rows of tokens, as predictions run it."""
        return TokenPlan(self.net_inputs.require_tokens(), self.inference_layers, self.parameters, None, rows)
