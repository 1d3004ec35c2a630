"""Routes of what a job's net sees in pictures: its first filters, and the feature maps of a person's own picture.

They answer from the weights that the worker stored after some of the epochs; nothing is trained.
"""

from contract.pictures import JobFeatureMapsResponse, JobFiltersResponse
from learning.nn.net import NeuralNet
from service.feature_maps import BODIES, MapsQuery, PictureRow, draw_feature_maps, draw_filters, require_image_column
from service.http.pagination import Query
from service.http.routing import Routes
from service.picture_bodies import JSON, read_picture_row
from service.services import Context
from service.training_view.routes import EpochName
from service.training_view.stored_nets import StoredNet, load_stored_net

routes = Routes("seeing", "What a job's net sees in pictures while it learns.")


class FiltersQuery(Query):
    """The epoch of the filters."""

    epoch: EpochName = "latest"


class JobMapsQuery(MapsQuery):
    """The epoch of the net, and how much of each layer is shown."""

    epoch: EpochName = "latest"


@routes.get(
    "/v1/jobs/{job_id}/filters",
    scope="read",
    summary="The first filters of a job's net",
    problems=("not-found", "not-kept", "not-for-task"),
)
def filters(context: Context, job_id: str, query: FiltersQuery) -> JobFiltersResponse:
    """The filters of the first layer after one of the kept epochs, as pictures: what each looks for in a picture.

    Up to 64 of them. Of a net without convolutions they are the weights of the units of its first dense layer.
    """
    kept, epoch, net = _load_net(context, job_id, query.epoch)
    return JobFiltersResponse.model_validate(
        {**draw_filters(net), "job_id": job_id, "epoch": epoch, "kept_epochs": kept.epochs}
    )


@routes.post(
    "/v1/jobs/{job_id}/feature-maps",
    scope="predict",
    summary="What a job's net makes of a picture",
    large_body=True,
    consumes=BODIES,
    body_models={JSON: PictureRow},
    problems=("not-found", "not-kept", "not-for-task"),
)
def feature_maps(context: Context, job_id: str, query: JobMapsQuery) -> JobFeatureMapsResponse:
    """The picture as the net sees it after one of the kept epochs, and the channels of each conv and pool layer.

    The body is a picture, a form with one, or a row of JSON with a picture as a cell of base64, as `predict` takes it.
    """
    kept, epoch, net = _load_net(context, job_id, query.epoch)
    row = read_picture_row(context, kept.header.input_columns, kept.header.ignored)
    fields = draw_feature_maps(kept.header, net, row, query.channels)
    return JobFeatureMapsResponse.model_validate(
        {**fields, "job_id": job_id, "epoch": epoch, "kept_epochs": kept.epochs}
    )


def _load_net(context: Context, job_id: str, epoch_name: str) -> tuple[StoredNet, int, NeuralNet]:
    """The job's net after an epoch.

    Raises:
        NotForTask: it sees no pictures.
    """
    with context.begin_read() as s:
        kept = load_stored_net(s, context, job_id)
        require_image_column(kept.header)
        epoch = kept.resolve_epoch("latest" if epoch_name == "latest" else int(epoch_name), "?epoch")
        return kept, epoch, kept.header.create_net(kept.load_weights(s, epoch))
