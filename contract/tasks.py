"""The names of the broker's messages. A message is a hint that carries one id; the database decides what is done."""

from typing import Final

TRAIN: Final = "gradus.train"
READ: Final = "gradus.read"
SWEEP: Final = "gradus.sweep"
QUEUE: Final = "gradus"
