"""Validation errors in words: which key, what was wanted, what came."""

import difflib
import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ibspec.spec.schema import known_keys, known_kinds, schema_at

Path = tuple[str | int, ...]

MOST_LINES = 12
"""Wrong keys told at once."""

MOST_LOOKED_AT = 300
"""Errors put into words; a document may have a hundred thousand, of which nobody reads more."""

LONGEST_WORD = 60
"""Longer words are no slip of the pen, and slow to compare."""

PLAIN_KEY = re.compile(r"\$?\w[\w-]{0,59}")

TYPES = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "tuple_type": "a list",
    "list_type": "a list",
}
"""What was wanted, by the type of Pydantic's error."""

LIMITS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("of at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("of at most", "le"),
}


def explain(error: ValidationError, document: Any) -> list[str]:
    """Return one line for each key that is wrong, in the order of the document."""
    alternatives: dict[tuple[str, str], list[str]] = {}
    details = [each for each in error.errors(include_url=False) if not _is_consequence(each)]
    for detail in details[:MOST_LOOKED_AT]:
        path = _path(detail, document)
        key, text, got = _wanted(detail, document, path)
        alternatives.setdefault((_dotted(key), got), []).append(text)
    lines = [f"{key}: {_either(texts)}{got}" for (key, got), texts in alternatives.items()]
    more = len(lines) - MOST_LINES + max(0, len(details) - MOST_LOOKED_AT)
    return lines if more <= 0 else [*lines[:MOST_LINES], f"and {more} more"]


def _is_consequence(detail: ErrorDetails) -> bool:
    """Whether a list is called too short only because its items are wrong."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _either(texts: Sequence[str]) -> str:
    first, *others = dict.fromkeys(texts)
    return " or ".join([first, *(text.removeprefix("wanted ") for text in others)])


def _path(detail: ErrorDetails, document: Any) -> Path:
    """Keep the steps of an error's location that are keys of the document; drop names of union members."""
    steps: list[str | int] = []
    value: Any = document
    location = list(detail["loc"])
    for index, step in enumerate(location):
        is_last = index == len(location) - 1
        if isinstance(value, dict) and isinstance(step, str):
            if step in value or (is_last and detail["type"] == "missing"):
                steps.append(step)
                value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            steps.append(step)
            value = value[step]
    return tuple(steps)


def _dotted(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{_spell(step)}" for step in path)
    return text.removeprefix(".") or "spec"


def _spell(key: str) -> str:
    return key if PLAIN_KEY.fullmatch(key) else shorten(json.dumps(key))


def _nearest(word: Any, known: Sequence[str]) -> str:
    if len(str(word)) > LONGEST_WORD:
        return ""
    near = difflib.get_close_matches(str(word), known, n=1, cutoff=0.5)
    return f" Did you mean '{near[0]}'?" if near else ""


def _wanted(detail: ErrorDetails, document: Any, path: Path) -> tuple[Path, str, str]:
    """Return the key, what was wanted of it, and what came (empty where that would say nothing)."""
    kind, got = detail["type"], _got(detail["input"])
    context = detail.get("ctx", {})
    if kind == "missing":
        return path, f"is missing{_describe(document, path)}", ""
    if kind == "extra_forbidden":
        known = known_keys(document, path[:-1])
        return path, f"no such key.{_nearest(path[-1], known)} Known here: {', '.join(known)}", ""
    if kind == "union_tag_invalid":
        known, tag = known_kinds(document, path), detail["input"]["kind"]
        near = _nearest(tag, known) if isinstance(tag, str) else ""
        return (*path, "kind"), f"wanted one of {', '.join(known)}", f"{_got(tag)}.{near}".rstrip(".")
    if kind in ("union_tag_not_found", "model_type", "model_attributes_type", "dict_type"):
        return path, f"wanted {_object(document, path)}", got
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", context["expected"])
        near = _nearest(detail["input"], options) if isinstance(detail["input"], str) else ""
        return path, f"wanted {context['expected']}", f"{got}.{near}".rstrip(".")
    if kind == "too_short":
        return path, "wanted a list of at least one item", got
    if kind in LIMITS:
        relation, limit = LIMITS[kind]
        bound = context[limit]
        text = f"{bound:g}" if isinstance(bound, float) else str(bound)
        return path, f"wanted a number {relation} {text}", got
    if kind == "value_error":
        return path, detail["msg"].removeprefix("Value error, "), ""
    return path, f"wanted {TYPES[kind]}" if kind in TYPES else detail["msg"], got


def _object(document: Any, path: Path) -> str:
    """Describe the object that belongs at a path."""
    kinds = known_kinds(document, path)
    if kinds:
        return f'an object with a "kind", one of {", ".join(kinds)}'
    keys = schema_at(document, path).get("required", [])
    return f"an object with {', '.join(keys)}" if keys else "an object"


def _describe(document: Any, path: Path) -> str:
    """Say what belongs at a path where there is nothing."""
    own = schema_at(document, path[:-1]).get("properties", {}).get(path[-1], {})
    if "description" in own:
        return f". {own['description']}"
    is_object = known_kinds(document, path) or "properties" in schema_at(document, path)
    return f"; wanted {_object(document, path)}" if is_object else ""


def _got(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return f", got {shorten(text)}"


def shorten(text: str) -> str:
    """Cut a text that would fill a message."""
    return text if len(text) <= 60 else f"{text[:50]}... ({len(text)} characters)"
