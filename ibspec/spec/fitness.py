"""What may stand in a document at all, whatever its keys mean: plain JSON values, not too many of them."""

import math
from typing import Any

from ibspec.core import SpecError
from ibspec.spec.strict_json import DEEPEST, MOST_DIGITS

MOST_VALUES = 100_000
"""Values in a spec; one has a few hundred. Each can be wrong, and is then an error held in memory."""

LONG_LISTS = (("data", "rule"), ("data", "weights"))
"""Lists of plain numbers that may be long on purpose, and that stop at their first wrong item."""


def refuse_unfit(document: dict[str, Any], where: str) -> None:
    """Refuse what no spec can have, before anything is built from it.

    Looks at one level of brackets after the other, without recursion, so that documents that are deep or
    contain themselves end here as well.

    Raises:
        SpecError: Too deep, too many values, not a JSON value, not a finite number, half a character.
    """
    level: list[Any] = [document]
    seen = 0
    numbers = [_at(document, path) for path in LONG_LISTS]
    for _ in range(DEEPEST + 1):
        inner: list[Any] = []
        for outer in level:
            is_long = any(outer is each for each in numbers)
            seen += 1 if is_long else len(outer)
            if seen > MOST_VALUES:
                raise SpecError(f"{where}: more than {MOST_VALUES:,} values, too many for a spec")
            items = outer.items() if isinstance(outer, dict) else enumerate(outer)
            for key, item in items:
                if isinstance(item, dict | list | tuple):
                    inner.append(item)
                else:
                    _check(item, where)
                if isinstance(outer, dict):
                    _check_key(key, where)
        level = inner
    if level:
        raise SpecError(f"{where}: brackets nested too deeply to be a spec")


def _at(document: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = document
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, list | tuple) else None


def _check_key(key: Any, where: str) -> None:
    if not isinstance(key, str):
        raise SpecError(f"{where}: keys are text in JSON, got {type(key).__name__}")
    _check(key, where)


def _check(value: Any, where: str) -> None:
    match value:
        case None | bool():
            pass
        case str():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                half = error.object[error.start]
                raise SpecError(f"{where}: {half!r} is half a character; write the whole one") from None
        case int():
            if abs(value) >= 10**MOST_DIGITS:
                raise SpecError(f"{where}: a number of more than {MOST_DIGITS} digits is too large")
        case float():
            if not math.isfinite(value):
                raise SpecError(f"{where}: {value} is not a number in JSON; write a finite one")
        case _:
            raise SpecError(f"{where}: {type(value).__name__} is not a JSON value")
