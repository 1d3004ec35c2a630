"""Families of hostile requests: each is a function that yields named requests against prepared targets.

Every body is built when it is asked for, and the same each time, so that a failure can be seen again.
"""

from collections.abc import Callable, Iterator
from typing import Final

from tests.hostile_requests import files, headers, pictures, reads, recommendations, rows, specs, texts
from tests.hostile_requests.request import HostileRequest
from tests.hostile_requests.targets import Targets

Family = Callable[[Targets], Iterator[HostileRequest]]

FAMILIES: Final[tuple[Family, ...]] = (
    *specs.FAMILIES,
    *rows.FAMILIES,
    *files.FAMILIES,
    *headers.FAMILIES,
    *reads.FAMILIES,
    *recommendations.FAMILIES,
    *pictures.FAMILIES,
    *texts.FAMILIES,
)
