"""What an exported file has of its model; here it is of none, as every file is written with its own in this place."""

ABOUT: str = "{}"
"""The model in JSON: its name, what its own file says of it, and how cells of its columns are read."""

WEIGHTS: str = ""
"""All its weights, as `weights` reads them."""
