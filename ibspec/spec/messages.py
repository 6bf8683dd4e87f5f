"""Validation errors in words: which key, what was wanted, what came."""

import difflib
import json
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ibspec.spec.schema import known_keys, known_kinds, schema_at

Path = tuple[str | int, ...]


def explain(error: ValidationError, document: Any) -> list[str]:
    """Return one line for each key that is wrong, in the order of the document."""
    alternatives: dict[tuple[str, str], list[str]] = {}
    for detail in error.errors(include_url=False):
        path = _path(detail, document)
        text, got = _wanted(detail, document, path)
        alternatives.setdefault((_dotted(path), got), []).append(text)
    return [f"{key}: {' or '.join(dict.fromkeys(texts))}{got}" for (key, got), texts in alternatives.items()]


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
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "spec"


def _nearest(word: Any, known: list[str]) -> str:
    near = difflib.get_close_matches(str(word), known, n=1, cutoff=0.5)
    return f"did you mean '{near[0]}'? " if near else ""


def _wanted(detail: ErrorDetails, document: Any, path: Path) -> tuple[str, str]:
    """Return what was wanted, and what came (empty where that would say nothing)."""
    kind = detail["type"]
    if kind == "missing":
        about = schema_at(document, path[:-1]).get("properties", {}).get(path[-1], {}) if path else {}
        description = about.get("description", "")
        return f"is missing{'. ' + description if description else ''}", ""
    if kind == "extra_forbidden":
        known = known_keys(document, path[:-1])
        return f"no such key; {_nearest(path[-1], known)}Known here: {', '.join(known)}", ""
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        known = known_kinds(document, path)
        if kind == "union_tag_not_found":
            return f'wanted an object with a "kind", one of {", ".join(known)}', _got(detail["input"])
        tag = detail.get("ctx", {}).get("tag", "")
        return f"no kind '{_shorten(str(tag))}'; {_nearest(tag, known)}Known here: {', '.join(known)}", ""
    if kind == "value_error":
        return detail["msg"].removeprefix("Value error, "), ""
    message = detail["msg"].replace("Input should be ", "wanted ", 1).replace("valid ", "", 1)
    return message, _got(detail["input"])


def _got(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return f", got {_shorten(text)}"


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:50]}... ({len(text)} characters)"
