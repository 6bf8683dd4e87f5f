"""`--set a.b=value`: changes of a spec's document before it is validated."""

import copy
import re
from collections.abc import Sequence
from typing import Any

from ibspec.core import SpecError
from ibspec.spec.strict_json import DEEPEST, NotJson, parse_strictly

STEP = re.compile(r"\.?([^.\[\]]+)|\[([0-9]{1,9})\]")

Step = str | int
"""A key or index after a dot, or an index in brackets."""


def apply_overrides(document: Any, overrides: Sequence[str]) -> Any:
    """Return a copy of the document with each `path=value` put in.

    A path names keys with dots and list items with brackets or dots: `measure.estimators[0].noise_variance`.
    A value is JSON; what does not look like JSON is taken as text. Whether the key exists and the value
    fits is decided by validating the merged document.

    Raises:
        SpecError: No `=`, a path that leads through something that is not an object or list, or an index
            that the list does not have.
    """
    changed = copy.deepcopy(document)
    for override in overrides:
        path, equals, text = override.partition("=")
        path, text = path.strip(), text.strip()
        if not equals or not path:
            shown = override if len(override) <= 60 else f"{override[:50]}..."
            raise SpecError(f"--set wants KEY=VALUE, such as training.epochs=50; got {shown!r}")
        _put(changed, _steps(path), _value(text, path), path)
    return changed


def _steps(path: str) -> list[Step]:
    steps: list[Step] = []
    position = 0
    while position < len(path):
        match = STEP.match(path, position)
        if match is None or len(steps) == DEEPEST:
            raise SpecError(
                f"--set {path[:60]}: not a path of keys such as measure.estimators[0].noise_variance"
            )
        steps.append(match[1] if match[2] is None else int(match[2]))
        position = match.end()
    return steps


def _value(text: str, path: str) -> Any:
    try:
        return parse_strictly(text, f"--set {path}")
    except NotJson:
        if text[:1] in ("{", "[", '"'):
            raise
        return text


def _put(document: Any, steps: list[Step], value: Any, path: str) -> None:
    place = document
    for index in range(len(steps)):
        key = _key(place, steps, index, path)
        if index == len(steps) - 1:
            place[key] = value
        elif isinstance(place, dict):
            place = place.setdefault(key, {})
        else:
            place = place[key]


def _key(place: Any, steps: list[Step], index: int, path: str) -> Any:
    """Return the key or index of a step, if the place that it leads from can have it."""
    step = steps[index]
    if isinstance(place, list):
        number = int(step) if isinstance(step, int) or re.fullmatch(r"[0-9]{1,9}", step) else len(place)
        if number < len(place):
            return number
        items = f"{len(place)} items" if len(place) != 1 else "1 item"
        raise SpecError(f"--set {path}: '{step}' is not an index of the {items} there (0 is the first)")
    here = ".".join(str(known) for known in steps[:index])
    if isinstance(place, dict) and isinstance(step, str):
        return step
    if isinstance(place, dict):
        raise SpecError(
            f"--set {path}: there is no list at '{here}' to take item {step} of; set the whole list, "
            f"such as {here}=[...]"
        )
    raise SpecError(f"--set {path}: '{here}' is a plain value and has no '{step}'")
