"""The inputs of a training: dataset, start model, prepared data, net and trainer."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple, cast

from sqlalchemy.orm import Session

from contract.specs import JobSpec
from learning.data.calibration_rows import keep_calibration_rows
from learning.data.prepare import PreparedData, prepare
from learning.encoding.eligibility import SkippedColumn
from learning.errors import LearningError, TooFewRows
from learning.frame import Frame
from learning.insight import related_rows
from learning.insight.weight_history import decode_weights
from learning.language.prepare import prepare_language
from learning.language.token_encoder import TokenEncoder
from learning.model import BYTES_PER_WEIGHT, MAX_WEIGHTS_BYTES, Model
from learning.nn.layers import count_parameters
from learning.nn.net import NeuralNet
from learning.recommendation.prepare import prepare_recommendation
from learning.training.estimate import MAX_ROWS_MEMORY_SHARE
from learning.training.trainer import Trainer
from store import datasets
from store.database import begin_read, begin_write
from store.errors import NotFound
from store.files import measure_features, original_key, table_key
from store.jobs import weight_history
from store.jobs.claims import JobClaim
from store.models import models
from store.tables import DatasetRow, JsonObject
from tables import (
    FeatureReader,
    ImageReader,
    check_read_plan,
    image_readers,
    load_frame,
    load_table,
    make_read_plan,
    pixel_readers,
    target_as_learned,
)
from worker.context import WorkerContext
from worker.ingest import ingest_within_limits
from worker.lease import Lease
from worker.training.feature_store import Report, StoredFeatures, make_stored_features, read_net
from worker.training.row_storage import ArrayAllocator

MAX_FIRST_CELLS: Final = 2**21
"""The maximum size of the first rows that statistics are made of."""


def load_inputs(
    context: WorkerContext, claim: JobClaim, spec: JobSpec, lease: Lease
) -> tuple[DatasetRow, Model | None]:
    """The dataset of a job, and the model that it starts from, if any.

    Raises:
        NotFound: the dataset was deleted.
        LearningError: the model was deleted.
    """
    while True:
        with lease.guard(), begin_read(context.sessions) as s:
            return datasets.get(s, claim.owner, claim.dataset_id), _load_start_model(s, claim.owner, spec)


def _load_start_model(s: Session, owner: str, spec: JobSpec) -> Model | None:
    """The model that the job starts from, if any.

    Raises:
        LearningError: the model was deleted.
    """
    if spec.start_from is None or spec.start_from.model is None:
        return None
    try:
        row = models.get(s, owner, spec.start_from.model)
        model = Model.from_bytes(models.get_weights(s, row.id))
    except NotFound as gone:
        raise LearningError(
            "The model to start from was deleted before the job began.", "Start from another, or from the beginning."
        ) from gone
    if spec.start_from.epoch is None:
        return model
    for _, weights in weight_history.iterate_weights(s, row.job_id, [spec.start_from.epoch]):
        return Model(model.header, decode_weights(weights))
    raise LearningError(
        f"The weights of epoch {spec.start_from.epoch} to start from were deleted before the job began.",
        "Start from the model as it is, or from the beginning.",
    )


def prepare_data(
    context: WorkerContext,
    spec: JobSpec,
    dataset: DatasetRow,
    start: Model | None,
    lease: Lease,
    *,
    report: Report,
    shared_encoding: bool = False,
    all_folds: bool = False,
) -> PreparedData:
    """The prepared data of a job: encoded rows, split into training, validation and test.

    Where features of pictures have to be made, it is told to `report`. What the encoding of nets of an ensemble is
    fitted to, and which rows are training rows when they are combined, is as `learning.data.prepare` says.
    """
    profile = dataset.columns or []
    images = _choose_image_readers(spec, profile, start)
    names: list[str] = [column["name"] for column in profile if column["type"] != "image" or column["name"] in images]
    if spec.features is not None and not spec.split.keep_copies_together:
        split = spec.split
        used = {*spec.target_names, *spec.features, spec.weight_column, split.group_by, split.order_by, split.column}
        names = [name for name in names if name in used]
    max_bytes = int(MAX_ROWS_MEMORY_SHARE * context.memory_bytes)
    while True:
        reads_text = spec.task == "language"
        with lease.guard(), _open_table(context, dataset, None if reads_text else start, lease) as table:
            if spec.task == "recommendation":
                return prepare_recommendation(
                    load_table(table.path, names, table.profile, lease.check),
                    user=spec.user or "",
                    item=spec.item or "",
                    rating=spec.rating_column,
                    split=spec.split,
                    seed=spec.seed,
                    loss=spec.loss,
                )
            if spec.task == "language":
                return prepare_language(
                    load_table(table.path, [spec.text or ""], table.profile, lease.check),
                    text=spec.text or "",
                    language=spec.language,
                    split=spec.split,
                    batch_size=spec.batch_size,
                    seed=spec.seed,
                    start=cast("TokenEncoder | None", start and start.header.inputs),
                )
            if table.is_as_stored:
                images = {
                    name: _keep_features(context, dataset, table.path, name, reader, report=report)
                    for name, reader in images.items()
                }
            prepared = prepare(
                load_table(table.path, names, table.profile, lease.check, images),
                target=spec.target_names,
                quantiles=spec.predicted_quantiles,
                features=spec.features,
                task=spec.task,
                split=spec.split,
                weight_column=spec.weight_column,
                seed=spec.seed,
                embedding=spec.embedding,
                numeric=spec.numeric,
                encoding=None if start is None else start.encoding,
                shared_encoding=shared_encoding or all_folds,
                all_folds=all_folds,
                allocate=ArrayAllocator(context.settings.data_dir / "scratch", max_bytes),
            )
            if shared_encoding and not len(prepared.validation):
                raise TooFewRows("There are no validation rows, by which several nets are measured.", "Hold rows out.")
            prepared = replace(prepared, skipped=(*prepared.skipped, *table.notes))
            if (shared_encoding or all_folds) and prepared.rows.folds is not None:
                return prepared  # each row is out of fold for one of the nets
            return keep_calibration_rows(prepared, spec.seed)


def _choose_image_readers(spec: JobSpec, profile: list[JsonObject], start: Model | None) -> dict[str, ImageReader]:
    """How the columns of pictures are read, by name; none of those that are not learned from.

    Raises:
        MissingFeatureNet: the net that is to make features is not there.
    """
    if spec.task in {"recommendation", "language"}:
        return {}
    if start is not None:
        return image_readers(start.inputs)
    if spec.image.features is None or spec.image.size is None:
        return pixel_readers(profile, spec.image.size)
    net = read_net(spec.image)
    images = [column["name"] for column in profile if column["type"] == "image"]
    return {name: FeatureReader(net) for name in images if spec.features is None or name in spec.features}


def _keep_features(
    context: WorkerContext, dataset: DatasetRow, parquet: Path, column: str, reader: ImageReader, *, report: Report
) -> ImageReader:
    """The reader of a column of pictures; if it makes features, the one of those that are kept then."""
    if not isinstance(reader, FeatureReader):
        return reader
    stored = StoredFeatures(context.files, dataset.id, column, reader.net)
    stored = make_stored_features(stored, parquet, context.max_cores, report)
    size = measure_features(context.files, dataset.id)
    if size != dataset.feature_bytes:
        with begin_write(context.sessions) as s:
            datasets.set_feature_bytes(s, dataset.id, size)
    return stored


class _OpenTable(NamedTuple):
    """A table to learn from: its Parquet file, its profile, whether it is the dataset's, and notes on its cells."""

    path: Path
    profile: list[JsonObject]
    is_as_stored: bool = True
    notes: tuple[SkippedColumn, ...] = ()


@contextmanager
def _open_table(
    context: WorkerContext, dataset: DatasetRow, start: Model | None, lease: Lease
) -> Generator[_OpenTable]:
    """The table of a dataset, whose file is read again if the model to start from reads its columns otherwise.

    Raises:
        LearningError: most cells of a column cannot be read so.
        UnreadableFile: no row can be.
    """
    profile = dataset.columns or []
    plan = None
    if start is not None:
        learned = [*start.inputs, *(target_as_learned(column, profile) for column in start.header.target_columns)]
        plan = make_read_plan(profile, learned, dataset.types, dataset.read_options or {})
    if plan is None:
        with context.files.local_copy(table_key(dataset.id)) as path:
            yield _OpenTable(path, profile)
        return
    scratch = context.settings.data_dir / "scratch"
    scratch.mkdir(exist_ok=True)
    with (
        context.files.local_copy(original_key(dataset.id)) as source,
        TemporaryDirectory(dir=scratch, prefix="read-") as folder,
    ):
        path = Path(folder) / "table.parquet"
        table = ingest_within_limits(
            context, dataset.format, source, path, lease.check, types=plan.types, options=plan.options
        )
        sentences = check_read_plan(plan, profile, dataset.rows or 0, table)
        notes = tuple([SkippedColumn(name, sentence) for name, sentence in sentences])
        yield _OpenTable(path, [asdict(column) for column in table.columns], is_as_stored=False, notes=notes)


def load_first_rows(context: WorkerContext, dataset: DatasetRow, lease: Lease) -> Frame:
    """The first rows of a dataset, with all columns but pictures, for the statistics that need their values."""
    profile = dataset.columns or []
    names = [column["name"] for column in profile if column["type"] != "image"]
    rows = min(related_rows.MAX_ROWS, max(MAX_FIRST_CELLS // max(len(names), 1), 1))
    while True:
        with lease.guard(), context.files.local_copy(table_key(dataset.id)) as path:
            return load_frame(path, names, profile, rows)


def create_trainer(spec: JobSpec, prepared: PreparedData, start: Model | None, cores: int) -> tuple[NeuralNet, Trainer]:
    """The net of a job and its trainer on `cores` cores; the initial weights are those of `start`, if given.

    Raises:
        LearningError: the model would be too large to store.
    """
    parameters = count_parameters(prepared.inputs.net_inputs, spec.layers, prepared.train.outputs)
    if BYTES_PER_WEIGHT * parameters > MAX_WEIGHTS_BYTES:
        raise LearningError(
            f"The {prepared.inputs.net_inputs.width:,} inputs that the columns became make a net of {parameters:,} "
            f"parameters, {BYTES_PER_WEIGHT * parameters:,} bytes, and a model of at most {MAX_WEIGHTS_BYTES:,} can be "
            "stored.",
            "Use fewer units or fewer features.",
        )
    net = NeuralNet(prepared.inputs.net_inputs, spec.layers, prepared.train.outputs, seed=spec.seed)
    if start is not None:
        net.parameters[...] = start.parameters
    return net, Trainer(
        net,
        prepared.train,
        prepared.epoch_sample,
        spec.training,
        class_weights=prepared.output.resolve_class_weights(spec.class_weights, prepared.train.y),
        cores=cores,
    )
