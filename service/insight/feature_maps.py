"""What a model sees in pictures: its first filters, and what its layers make of a person's own picture."""

from contract.pictures import ModelFeatureMapsResponse, ModelFiltersResponse
from service.feature_maps import BODIES, MapsQuery, PictureRow, draw_feature_maps, draw_filters, require_image_column
from service.http.routing import Routes
from service.picture_bodies import JSON, read_picture_row
from service.services import Context, load_model

routes = Routes("feature_maps", "What a model sees in a picture.")


@routes.get(
    "/v1/models/{ref}/filters",
    scope="read",
    summary="The first filters of a model",
    problems=("not-found", "not-for-task"),
)
def filters(context: Context, ref: str) -> ModelFiltersResponse:
    """The filters of the first layer as pictures: what each looks for in a picture. Up to 64 of them.

    Of a net without convolutions they are the weights of the units of its first dense layer.
    """
    served, model = load_model(context, ref)
    require_image_column(model.header)
    return ModelFiltersResponse.model_validate(
        {**draw_filters(model.net), "model_id": served.id, "name": served.name, "version": served.version}
    )


@routes.post(
    "/v1/models/{ref}/feature-maps",
    scope="predict",
    summary="What a model makes of a picture",
    large_body=True,
    consumes=BODIES,
    body_models={JSON: PictureRow},
    problems=("not-found", "not-for-task"),
)
def feature_maps(context: Context, ref: str, query: MapsQuery) -> ModelFeatureMapsResponse:
    """The picture as the model sees it, and the channels of each conv and pool layer with the largest spread.

    The body is a picture, a form with one, or a row of JSON with a picture as a cell of base64, as `predict` takes it.
    """
    served, model = load_model(context, ref)
    require_image_column(model.header)
    row = read_picture_row(context, model.inputs, model.ignored)
    fields = draw_feature_maps(model.header, model.net, row, query.channels)
    return ModelFeatureMapsResponse.model_validate(
        {**fields, "model_id": served.id, "name": served.name, "version": served.version}
    )
