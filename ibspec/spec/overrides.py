"""`--set a.b=value`: changes of a spec's document before it is validated."""

import copy
import re
from collections.abc import Sequence
from typing import Any

from ibspec.core import SpecError
from ibspec.spec.strict_json import parse_strictly

STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


def apply_overrides(document: Any, overrides: Sequence[str]) -> Any:
    """Return a copy of the document with each `path=value` put in.

    A path names keys with dots and list items with brackets or dots: `measure.estimators[0].noise_variance`.
    A value is JSON; what is not JSON is taken as text. Whether the key exists and the value fits is
    decided by validating the merged document.

    Raises:
        SpecError: No `=`, a path that leads through something that is not an object or list, or an index
            that the list does not have.
    """
    changed = copy.deepcopy(document)
    for override in overrides:
        path, equals, text = override.partition("=")
        if not equals or not path:
            raise SpecError(f"--set wants KEY=VALUE, such as training.epochs=50; got {override!r}")
        _put(changed, _steps(path), _value(text, path), path)
    return changed


def _steps(path: str) -> list[str]:
    steps, position = [], 0
    while position < len(path):
        match = STEP.match(path, position)
        if match is None:
            raise SpecError(f"--set {path}: not a path of keys such as measure.estimators[0].noise_variance")
        steps.append(match[1] or match[2])
        position = match.end()
    return steps


def _value(text: str, path: str) -> Any:
    try:
        return parse_strictly(text, f"--set {path}")
    except SpecError as error:
        if "not valid JSON" in str(error):
            return text
        raise


def _put(document: Any, steps: list[str], value: Any, path: str) -> None:
    place = document
    for index, step in enumerate(steps):
        is_last = index == len(steps) - 1
        if isinstance(place, list):
            if not step.isdecimal() or int(step) >= len(place):
                raise SpecError(
                    f"--set {path}: '{step}' is not an index of the {len(place)} items there (0 is the first)"
                )
            if is_last:
                place[int(step)] = value
            else:
                place = place[int(step)]
        elif isinstance(place, dict):
            if is_last:
                place[step] = value
            else:
                place = place.setdefault(step, {})
        else:
            raise SpecError(f"--set {path}: '{'.'.join(steps[:index])}' is a plain value and has no '{step}'")
