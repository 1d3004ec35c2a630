"""A job that asks for admission: its completed spec beside its dataset's profile, and what follows from both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from contract.responses import ColumnResponse, FieldError
from contract.specs import JobSpec
from learning.encoding.eligibility import MAX_TERMS, ColumnStats, max_slots_for
from learning.image_features import FeatureNet
from learning.nn.layers.embedding import Embedding
from learning.nn.layers.embedding_bag import EmbeddingBag
from learning.nn.layers.inputs import ImageInput, NetInputs
from learning.spelling import NameIndex, cut_name
from learning.tasks import TaskName


@dataclass(frozen=True)
class JobCandidate:
    """The input of the checks: a completed spec whose targets exist, and the dataset's profile."""

    spec: JobSpec
    targets: tuple[ColumnResponse, ...]
    columns: Mapping[str, ColumnResponse]
    rows: int
    sent_fields: set[str]
    """Those of the spec that were sent, rather than left to their defaults."""
    feature_net: FeatureNet | None = field(default=None, kw_only=True)
    """The net that makes features of the pictures, if they are learned from by features, and it is installed."""

    @property
    def target(self) -> ColumnResponse:
        """The target, or the first of several."""
        return self.targets[0]

    @property
    def task(self) -> TaskName:
        """The task, which admission has decided."""
        return "regression" if self.spec.task == "regression" else "classification"

    @property
    def labelled_rows(self) -> int:
        """The rows that have a target, or at most so many that have all of several."""
        return self.rows - max(target.missing for target in self.targets)

    @property
    def net_rows(self) -> int:
        """The rows that the net learns from or is measured on."""
        return self.labelled_rows

    @property
    def held_out_rows(self) -> int:
        """The rows that the split keeps for validation and test; each share above 0 keeps at least one."""
        return sum(max(1, round(share * self.labelled_rows)) for share in self.spec.split.shares if share > 0.0)

    @property
    def classes(self) -> int | None:
        """The number of different values of the target, if known."""
        return count_values(self.target, self.labelled_rows)

    @cached_property
    def features(self) -> list[ColumnResponse]:
        """The columns to learn from, as far as they are there."""
        kept_out, targets = {*self.spec.split.columns, self.spec.weight_column}, set(self.spec.target_names)
        names = dict.fromkeys(self.spec.features or [name for name in self.columns if name not in kept_out])
        return [self.columns[name] for name in names if name in self.columns and name not in targets]

    @cached_property
    def feature_stats(self) -> list[ColumnStats]:
        """The statistics of each of them."""
        return [column_stats(column, self.rows) for column in self.features]

    @cached_property
    def skip_reasons(self) -> dict[str, str]:
        """Why some of them cannot be learned from, by name."""
        reasons = [stats.find_skip_reason() for stats in self.feature_stats]
        return {reason.column: reason.reason for reason in reasons if reason is not None}

    @property
    def numbers(self) -> int:
        """About how many columns of numbers or dates the net learns from, which may get bins."""
        found = [stats for stats in self.feature_stats if stats.type in {"numeric", "datetime"}]
        least = self.spec.embedding.min_categories
        return sum(each.name not in self.skip_reasons and not each.is_embedded(least) for each in found)

    @property
    def most_values(self) -> int:
        """The values of the column with the most of those with embeddings; 0 without any, or where texts have some."""
        if any(stats.type == "text" for stats in self.feature_stats):
            return 0
        least = self.spec.embedding.min_categories
        return max((stats.distinct for stats in self.feature_stats if stats.is_embedded(least)), default=0)

    @cached_property
    def net_inputs(self) -> NetInputs:
        """About what goes into the net: at least one number, and a table for each column with embeddings."""
        embedding, tables, bags = self.spec.embedding, list[Embedding](), list[EmbeddingBag]()
        numbers = 0 if self.feature_net is None else self.feature_net.features
        bins = self.spec.numeric.count_bins(self.labelled_rows - self.held_out_rows)
        for column in self.feature_stats:
            if column.name in self.skip_reasons:
                continue
            if column.is_embedded(embedding.min_categories):
                tables.append(Embedding(ids=column.distinct + 1, units=embedding.dimensions))
            else:
                numbers += column.estimate_outputs(bins)
            if column.type == "text":
                slots = max_slots_for(self.rows)
                bags.append(EmbeddingBag(ids=MAX_TERMS, units=embedding.dimensions, slots=slots))
        return NetInputs(max(numbers, 1), tuple(tables), self.image_input, bags=tuple(bags))

    @property
    def image_input(self) -> ImageInput | None:
        """About the picture that goes into the net, if one does."""
        images = [column.images for column in self.features if column.images is not None]
        if not images or self.spec.image.size is None or self.spec.image.features is not None:
            return None
        channels, size = 1 if images[0].grey else 3, self.spec.image.size
        return ImageInput((channels, size, size), (0.5,) * channels, (0.25,) * channels)

    @property
    def outputs(self) -> int:
        """The number of the net's outputs: one for a number, or a quantile of it, or for two classes."""
        if self.spec.task == "regression":
            return len(self.targets) * (len(self.spec.predicted_quantiles) or 1)
        return max(self.classes or 1, 1) if self.classes != 2 else 1


def count_values(column: ColumnResponse, labelled_rows: int) -> int | None:
    """The number of different values of a column with so many values, if known."""
    if column.type == "boolean":
        return 1 if column.true in {0, labelled_rows} else 2
    if column.type == "numeric" and column.min is not None and column.min == column.max:
        return 1
    return column.distinct


def column_stats(column: ColumnResponse, rows: int) -> ColumnStats:
    """The statistics of a column for the encoders' rules, from its profile."""
    is_constant = (
        column.distinct == 1
        or column.true in {0, rows}
        or (column.type in {"numeric", "datetime"} and column.min is not None and column.min == column.max)
    )
    return ColumnStats(
        name=column.name,
        type=column.type,
        rows=rows,
        missing=column.missing,
        distinct=column.distinct or 0,
        is_constant=is_constant,
    )


def list_known_classes(target: ColumnResponse) -> set[str]:
    """The target's classes; empty if the profile does not name them all."""
    if target.type == "boolean":
        return {"false", "true"}
    named = {value.value for value in target.top or ()}
    return named if len(named) == target.distinct and not any(name.endswith("…") for name in named) else set()


def unknown_column_error(pointer: str, name: str, known: NameIndex) -> FieldError:
    """The error that there is no such column, with the nearest one that there is."""
    return FieldError(
        pointer=pointer,
        detail=f"'{cut_name(name)}' is not a column of the dataset",
        code="unknown_column",
        given=name,
        suggestion=known.suggest(name),
    )
