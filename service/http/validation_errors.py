"""Pydantic's validation errors as field errors: a JSON Pointer, plain words, and a suggestion for a misspelt name.

Pydantic's locations contain the branch of a union that it tried; a pointer must not, so it follows the given tree.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from contract.responses import FieldError
from contract.specs import PATTERN_RULES
from learning.spelling import suggest_name
from service.http.errors import ProblemError
from service.http.strict_json import MAX_ERRORS, escape_pointer, shorten

MAX_LISTED_ERRORS: Final = 2000
TAG: Final = "type"  # the discriminator of every union of objects in the contract
CODES: Final = {
    "extra_forbidden": "unknown_field",
    "unexpected_keyword_argument": "unknown_field",
    "union_tag_invalid": "literal_error",
    "union_tag_not_found": "missing",
}


def explain(error: ValidationError, model: type[BaseModel], tree: Any) -> list[FieldError]:
    """The field errors of a JSON body `tree` that `model` refused.

    An object of 100,000 unknown names has as many errors, and listing them takes hundreds of megabytes; so more than
    `MAX_LISTED_ERRORS` are only counted. Against long lists a model has `fail_fast`.
    """
    if error.error_count() > MAX_LISTED_ERRORS:
        detail = f"has {error.error_count():,} faults, too many to list; check the names of its fields"
        return [FieldError(pointer="#", detail=detail, code="too_many_errors")]
    return field_errors(error.errors(include_url=False), model, tree)


def field_errors(errors: Sequence[ErrorDetails], model: type[BaseModel], tree: Any) -> list[FieldError]:
    """The first field errors of a JSON body `tree` that `model` refused, one for each pointer."""
    by_pointer: dict[str, FieldError] = {}
    for details in errors[:MAX_ERRORS]:
        path = _find_path(details, tree)
        pointer = "".join(["#", *(f"/{escape_pointer(str(step))}" for step in path)])
        error = _field_error(details, pointer, _list_known_names(model, path, tree))
        other = by_pointer.get(pointer, error)
        if error.detail != other.detail:
            error = other.model_copy(update={"detail": f"{other.detail}, or {error.detail.removeprefix('must be ')}"})
        by_pointer[pointer] = error
    # an error deeper in the branch of a union that was meant says more than one of another branch
    return [error for at, error in by_pointer.items() if not any(other.startswith(f"{at}/") for other in by_pointer)]


def query_field_errors(error: ValidationError, model: type[BaseModel]) -> list[FieldError]:
    """The first field errors of a query string that `model` refused."""
    by_pointer: dict[str, FieldError] = {}
    for details in error.errors(include_url=False)[:MAX_ERRORS]:
        pointer = f"?{details['loc'][0] if details['loc'] else ''}"
        by_pointer.setdefault(pointer, _field_error(details, pointer, list(model.model_fields)))
    return list(by_pointer.values())


def invalid_fields(errors: Sequence[FieldError]) -> ProblemError:
    """The problem `invalid` of a request with these errors, at least one; MAX_ERRORS of them are listed.

    Whoever finds errors stops at MAX_ERRORS + 1, so that no time goes into errors that are not listed.
    """
    return ProblemError("invalid", summarize_errors(errors), errors=errors[:MAX_ERRORS])


def summarize_errors(errors: Sequence[FieldError]) -> str:
    """The first error as a sentence, and the number of the others."""
    first = errors[0]
    hint = f" Did you mean {first.suggestion!r}?" if first.suggestion else ""
    more = f" And {len(errors) - 1} more, see errors." if len(errors) > 1 else ""
    if len(errors) > MAX_ERRORS:
        more = f" And {MAX_ERRORS} or more others; errors lists the first {MAX_ERRORS}."
    where = first.pointer if first.pointer != "#" else "The body"
    end = "" if first.detail.endswith((".", "?")) else "."
    return f"{where} {first.detail}{end}{hint}{more}"


def _find_path(details: ErrorDetails, tree: Any) -> list[str | int]:
    """The steps of an error's location that are keys and indices of the given tree."""
    steps: list[str | int] = []
    node = tree
    for depth, step in enumerate(details["loc"], 1):
        is_last = depth == len(details["loc"])
        if isinstance(node, dict):
            fields = cast("dict[str | int, Any]", node)
            is_branch = step == fields.get(TAG) and not is_last
            if step in fields and not is_branch:
                node = fields[step]
            elif not (is_last and details["type"] == "missing"):
                continue
        elif isinstance(node, list) and isinstance(step, int):
            node = cast("list[Any]", node)[step]
        else:
            continue
        steps.append(step)
    return [*steps, TAG] if details["type"].startswith("union_tag") else steps


def _field_error(details: ErrorDetails, pointer: str, names: list[str]) -> FieldError:
    kind, context, given = details["type"], details.get("ctx", {}), details["input"]
    suggestion = None
    match kind:
        case "extra_forbidden" | "unexpected_keyword_argument":
            detail = "is not a known field" if pointer.startswith("#") else "is not a known parameter"
            suggestion = suggest_name(str(details["loc"][-1]), names)
        case "missing":
            detail, given = "is required", None
        case "union_tag_not_found":
            detail, given = f"is required: {_join_or(context.get('expected_tags', ''))}", None
        case "union_tag_invalid":
            given = cast("dict[str, Any]", given).get(TAG) if isinstance(given, dict) else given
            detail = f"must be {_join_or(context['expected_tags'])}"
            suggestion = suggest_name(str(given), _list_quoted(context["expected_tags"]))
        case "literal_error":
            detail = f"must be {context['expected']}"
            suggestion = suggest_name(given, _list_quoted(context["expected"])) if isinstance(given, str) else None
        case "string_pattern_mismatch":
            detail = PATTERN_RULES.get(context["pattern"], f"must match the pattern {context['pattern']}")
        case _:
            detail = _describe_fault(details)
    return FieldError(
        pointer=pointer, detail=detail, code=CODES.get(kind, kind), given=shorten(given), suggestion=suggestion
    )


def _describe_fault(details: ErrorDetails) -> str:
    """A fault in plain words, or as pydantic has it."""
    context = details.get("ctx", {})
    match details["type"]:
        case "list_type" | "tuple_type":
            return "must be a list"
        case "int_parsing":
            return "must be a whole number"
        case "too_short":
            return f"must have at least {context['min_length']} {'item' if context['min_length'] == 1 else 'items'}"
        case "too_long":
            return f"must have at most {context['max_length']} items"
        case _:
            detail = details["msg"].replace("Input should be", "must be").replace("Value error, ", "")
            return detail[:1].lower() + detail[1:]


def _list_quoted(expected: str) -> list[str]:
    """The quoted words of one of pydantic's messages."""
    return expected.split("'")[1::2]


def _join_or(expected: str) -> str:
    return " or ".join(", ".join(f"'{word}'" for word in _list_quoted(expected)).rsplit(", ", 1))


@cache
def _json_schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _list_known_names(model: type[BaseModel], path: list[str | int], tree: Any) -> list[str]:
    """The fields that are allowed in place of the last step of `path`."""
    schema = _json_schema(model)
    nodes, value = _expand_schemas(schema, [schema], tree), tree
    for step in path[:-1]:
        value = cast("Any", value)[step] if isinstance(value, dict | list) else None
        children: list[dict[str, Any]] = [
            child
            for node in nodes
            for child in (node.get("items"), node.get("properties", {}).get(step), node.get("additionalProperties"))
            if isinstance(child, dict)
        ]
        nodes = _expand_schemas(schema, children, value)
    return [name for node in nodes for name in node.get("properties", {})]


def _expand_schemas(schema: dict[str, Any], nodes: list[dict[str, Any]], value: Any) -> list[dict[str, Any]]:
    """The schemas that may describe `value`: references followed, unions opened, by their tag where they have one."""
    found: list[dict[str, Any]] = []
    for node in nodes:
        tag = cast("dict[str, Any]", value).get(TAG) if isinstance(value, dict) else None
        mapping = node.get("discriminator", {}).get("mapping", {})
        if "$ref" in node:
            found += _expand_schemas(schema, [schema["$defs"][node["$ref"].rsplit("/", 1)[1]]], value)
        elif isinstance(tag, str) and tag in mapping:
            found += _expand_schemas(schema, [{"$ref": mapping[tag]}], value)
        elif union := node.get("anyOf") or node.get("oneOf"):
            found += _expand_schemas(schema, union, value)
        else:
            found.append(node)
    return found
