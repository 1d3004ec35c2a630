"""What an exported file has of its model; here it is of none, as every file is written with its own in this place."""

from typing import Any

ABOUT: str = "{}"
"""The model in JSON: its name, what its own file says of it, and how cells of its columns are read."""

WEIGHTS: str = ""
"""All its weights, as `weights` reads them."""

PICTURES: Any = None
"""How it sees pictures, as `picture_cell.Pictures` says; None of a model that sees none."""

FEATURE_NET: str = ""
"""The net that makes features of pictures, as `feature_cell` reads it."""
