"""From a file, and what the command line changes in it, to an experiment."""

import difflib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ibspec.core import SpecError
from ibspec.core.canonical import canonical_json
from ibspec.spec.experiment import ExperimentSpec
from ibspec.spec.messages import explain
from ibspec.spec.overrides import apply_overrides
from ibspec.spec.strict_json import parse_strictly

LARGEST_FILE = 16 * 2**20


def parse_spec(document: Any, where: str = "spec") -> ExperimentSpec:
    """Validate a document of JSON values.

    Raises:
        SpecError: One line for each key that is wrong.
    """
    if not isinstance(document, dict):
        raise SpecError(
            f"{where}: wanted a JSON object with name, data, model, training and measure, "
            f"got {_sort(document)}"
        )
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise SpecError(f"{where}: {half!r} is half a character; write the whole one") from None
    try:
        return ExperimentSpec.model_validate_json(canonical_json(document))
    except ValidationError as error:
        lines = explain(error, document)
        raise SpecError("\n  ".join([f"{where} is not a valid spec:", *lines])) from None


def read_spec(path: Path | str, overrides: Sequence[str] = ()) -> ExperimentSpec:
    """Read a spec file, put the overrides in, and validate the result.

    Raises:
        SpecError: The file cannot be read, is not JSON, or is not a spec.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise SpecError(f"{path}: larger than 16 MiB, so not a spec")
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise SpecError(f"{path}: no such file{_neighbours(path)}") from None
    except IsADirectoryError:
        raise SpecError(f"{path}: a directory, not a spec file{_neighbours(path / 'x')}") from None
    except UnicodeDecodeError as error:
        raise SpecError(
            f"{path}: wanted a JSON file in UTF-8, got other bytes (the first at byte {error.start})"
        ) from None
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror}") from None
    document = parse_strictly(text, str(path))
    if isinstance(document, dict):
        document = apply_overrides(document, overrides)
    return parse_spec(document, str(path))


def _neighbours(path: Path) -> str:
    """Say which specs there are beside a path, or else in specs/ here."""
    for place in (path.parent, Path("specs")):
        names = sorted(file.name for file in place.glob("*.json") if file.name != "schema.json")
        if names:
            near = difflib.get_close_matches(path.name, names, n=1)
            hint = f". Did you mean {place / near[0]}?" if near else "."
            return f"{hint} {place} holds {', '.join(names[:20])}"
    return ""


def _sort(value: Any) -> str:
    """Return what a JSON value is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case _:
            return "a list"
