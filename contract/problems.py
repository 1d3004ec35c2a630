"""Problem kinds: every `type` of a problem document (RFC 9457), with its title, HTTP status, meaning and remedy.

The one table for all rooms, read from `problems.toml` beside this module. The service answers requests with them, and
worker and store keep one as the `error` of a job or dataset. `/problems/{slug}` is a page made from this table.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final


@dataclass(frozen=True)
class ProblemKind:
    """A kind of problem. `status` is None for the `error` of a job or dataset, which is never an HTTP response."""

    slug: str
    title: str
    meaning: str
    remedy: str
    status: int | None = None

    @property
    def type(self) -> str:
        """The kind's address, as it stands in the problem document."""
        return f"/problems/{self.slug}"

    def document(self, detail: str | None = None) -> dict[str, Any]:
        """The problem document of a failed job or dataset; `detail` is by default the meaning and the remedy."""
        return {"type": self.type, "title": self.title, "detail": detail or f"{self.meaning} {self.remedy}"}


PROBLEM_KINDS: Final = {
    slug: ProblemKind(slug, **kind)
    for slug, kind in tomllib.loads(Path(__file__).with_name("problems.toml").read_text(encoding="utf-8")).items()
}
"""All kinds by slug."""
