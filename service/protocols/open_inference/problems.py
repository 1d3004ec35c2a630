"""Problems as clients of the Open Inference Protocol read them: a member `error` beside those of the document."""

from service.http.errors import ProblemError, with_members


def translate_problem(error: ProblemError) -> ProblemError:
    """The same problem with the member `error`, a text."""
    return with_members(error, error=error.detail)
