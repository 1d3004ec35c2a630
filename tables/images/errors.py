"""The error of an image that cannot be used."""


class UnusableImage(Exception):
    """An image cannot be used: the code of the issue, and the reason as a sentence."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
