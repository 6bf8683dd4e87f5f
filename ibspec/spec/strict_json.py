"""JSON as the standard means it: no NaN, no key twice, no number too large to hold."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, final

from ibspec.core import SpecError

DEEPEST = 50
"""Brackets inside brackets; a spec has less than ten."""

MOST_DIGITS = 30

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\],:]|[^\s{}\[\],:"]++', re.DOTALL)
"""Never goes back on what it has read (`*+`), and takes a text without its closing quote for a token, so
that it is through with any text after looking at each letter once."""


@final
class NotJson(SpecError):
    """The text is not JSON at all."""


def parse_strictly(text: str, where: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        NotJson: Malformed JSON; the message says line and column.
        SpecError: A key that stands twice, NaN or infinity, brackets nested too deeply.
    """

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(items)
        if len(value) < len(items):
            key, first, second = _find_twice(text)
            lines = f"line {first}" if first == second else f"lines {first} and {second}"
            raise SpecError(f"{where}: key {_short(key)!r} stands twice in one object ({lines}); keep one")
        return value

    def constant(name: str) -> Any:
        raise SpecError(f"{where}: {name}{_find(text, name)} is not a number in JSON; write a finite one")

    def real(digits: str) -> float:
        value = float(digits)
        if not math.isfinite(value):
            raise SpecError(
                f"{where}: the number {_short(digits)}{_find(text, digits)} is too large; write a finite one"
            )
        return value

    def whole(digits: str) -> int:
        if len(digits) > MOST_DIGITS:
            raise SpecError(
                f"{where}: the number {_short(digits)}{_find(text, digits)} is too large; "
                f"write one of at most {MOST_DIGITS} digits"
            )
        return int(digits)

    try:
        value = json.loads(
            text, object_pairs_hook=pairs, parse_constant=constant, parse_float=real, parse_int=whole
        )
    except json.JSONDecodeError as error:
        if not text.strip():
            raise NotJson(f"{where}: not valid JSON: it is empty, line 1 column 1") from None
        raise NotJson(
            f"{where}: not valid JSON: {error.msg[0].lower()}{error.msg[1:]}, "
            f"line {error.lineno} column {error.colno}"
        ) from None
    except RecursionError:
        raise SpecError(f"{where}: brackets nested too deeply to be a spec") from None
    if _is_deep(value):
        raise SpecError(f"{where}: brackets nested too deeply to be a spec")
    return value


def _is_deep(value: Any) -> bool:
    """Whether brackets are nested more than `DEEPEST` times, without recursion."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        level = [
            item
            for outer in level
            for item in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(item, dict | list)
        ]
    return any(level)


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Yield the tokens of a JSON text, each with its line."""
    line, done = 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", done, match.start())
        done = match.start()
        yield match[0], line


def _find(text: str, token: str) -> str:
    """Say on which line a bare word or number stands, where there are lines."""
    lines = [line for found, line in _tokens(text) if found == token]
    return f" (line {lines[0]})" if lines and "\n" in text else ""


def _find_twice(text: str) -> tuple[str, int, int]:
    """Return the first key that stands twice in one object, and its two lines."""
    objects: list[dict[str, int]] = []
    last = ("", 0)
    for token, line in _tokens(text):
        if token == "{":
            objects.append({})
        elif token == "}":
            objects.pop()
        elif token == ":":
            key = json.loads(last[0])
            if key in objects[-1]:
                return key, objects[-1][key], last[1]
            objects[-1][key] = last[1]
        last = (token, line)
    raise AssertionError("called only where a key stands twice")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:30]}... ({len(text)} characters)"
