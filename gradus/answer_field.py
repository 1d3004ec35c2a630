"""Fields of an answer as attributes of the object that holds it, so that an editor completes them."""

from typing import Any, Generic, TypeVar

T = TypeVar("T")


class AnswerField(Generic[T]):
    """A field of the last `answer` about an object, read as an attribute of the object."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, holder: Any, owner: type) -> T:
        return getattr(holder.answer, self._name)
