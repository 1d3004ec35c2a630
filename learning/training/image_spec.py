"""`ImageSpec`: how a net sees pictures, as a job asks for it; what it leaves open `image_defaults` decides."""

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from annotated_types import Ge, Le, MaxLen

from learning.data.augment_spec import AugmentSpec
from learning.descriptions import describe

MIN_SIZE: Final = 8
MAX_SIZE: Final = 256


@dataclass(frozen=True, kw_only=True)
class ImageSpec:
    """Pictures: how a net sees them."""

    size: Annotated[int, Ge(MIN_SIZE), Le(MAX_SIZE)] | None = field(
        default=None,
        metadata=describe(
            "Width and height in pixels at which the net sees pictures; all become squares. null: by their size and "
            "number."
        ),
    )
    augment: AugmentSpec | None = field(
        default=None,
        metadata=describe(
            "How training pictures are varied in each epoch; {}: not at all. null: up to 20,000 are shifted by up to "
            "an eighth; if they have colours, and no letters, numbers or sides for classes, also mirrored, turned by "
            "up to 15 degrees, and of other size and light by up to a fifth."
        ),
    )

    features: Literal["pretrained"] | None = field(
        default=None,
        metadata=describe(
            "pretrained: a net that others trained on millions of pictures makes features of each, once, and the "
            "layers learn from these: best for few photographs. null: the layers see the pixels."
        ),
    )
    feature_net: Annotated[str, MaxLen(64)] | None = field(
        default=None,
        metadata=describe(
            "The SHA-256 of that net's file, which is filled in; with another than the one that is installed the job "
            "is refused."
        ),
    )


DEFAULT_IMAGE = ImageSpec()
