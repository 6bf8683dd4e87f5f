"""JSON as the standard means it: no NaN, no key twice, no number too large to hold."""

import json
import math
from typing import Any

from ibspec.core import SpecError


def parse_strictly(text: str, where: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        SpecError: Malformed JSON (line and column), a key that stands twice, NaN or infinity.
    """

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in items]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            lines = _lines(text, twice[0])
            raise SpecError(f"{where}: key {_quoted(twice)} stands twice in one object{lines}")
        return dict(items)

    def constant(name: str) -> Any:
        raise SpecError(f"{where}: {name} is not a number that JSON or ibspec knows; write a finite one")

    def real(digits: str) -> float:
        value = float(digits)
        if not math.isfinite(value):
            raise SpecError(f"{where}: the number {_short(digits)} is too large; write a finite one")
        return value

    def whole(digits: str) -> int:
        if len(digits) > 30:
            raise SpecError(f"{where}: the number {_short(digits)} is too large")
        return int(digits)

    try:
        return json.loads(
            text, object_pairs_hook=pairs, parse_constant=constant, parse_float=real, parse_int=whole
        )
    except json.JSONDecodeError as error:
        raise SpecError(
            f"{where}: not valid JSON: {error.msg[0].lower()}{error.msg[1:]}, "
            f"line {error.lineno} column {error.colno}"
        ) from None
    except RecursionError:
        raise SpecError(f"{where}: brackets nested too deeply to be a spec") from None


def _quoted(keys: list[str]) -> str:
    return ", ".join(repr(_short(key)) for key in keys)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:30]}... ({len(text)} characters)"


def _lines(text: str, key: str) -> str:
    """Say on which lines a key stands, as far as plain text tells."""
    lines = [str(number) for number, line in enumerate(text.splitlines(), 1) if json.dumps(key) in line]
    return f" (see line {' and '.join(lines[:4])})" if lines else ""
