"""From a file, and what the command line changes in it, to an experiment."""

import difflib
import errno
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

from pydantic import ValidationError

from ibspec.core import SpecError
from ibspec.core.bounded import read_bounded
from ibspec.core.canonical import canonical_json
from ibspec.spec.experiment import ExperimentSpec
from ibspec.spec.fitness import refuse_unfit
from ibspec.spec.messages import explain, shorten
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
    refuse_unfit(document, where)
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
        text = read_bounded(path, LARGEST_FILE).decode("utf-8-sig")
    except FileNotFoundError:
        raise SpecError(f"{path}: no such file{_neighbours(path)}") from None
    except IsADirectoryError:
        raise SpecError(f"{path}: a directory, not a spec file{_neighbours(path / 'x')}") from None
    except UnicodeDecodeError as error:
        raise SpecError(
            f"{path}: wanted a JSON file in UTF-8, got other bytes (the first at byte {error.start})"
        ) from None
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.EFBIG, errno.ETIMEDOUT):
            raise SpecError(f"{path}: {error.strerror}, so not a spec") from None
        raise SpecError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:  # a path with a zero byte in it
        raise SpecError(f"{str(path)!r}: no such file") from None
    document = parse_strictly(text, str(path))
    if isinstance(document, dict):
        _refuse_far_data(document, str(path))
        document = apply_overrides(document, overrides)
    return parse_spec(document, str(path))


def _refuse_far_data(document: dict[str, Any], where: str) -> None:
    """Refuse a file that points at directories elsewhere: it may be a stranger's. Arguments may do so."""
    data = document.get("data")
    place = data.get("data_dir") if isinstance(data, dict) else None
    if not isinstance(place, str):
        return
    path = PurePath(place)
    if path.is_absolute() or path.drive or place.startswith("~") or ".." in path.parts:
        raise SpecError(
            f"{where}: data.data_dir: a spec file may only name a directory below the one that ibspec is "
            f"started in, got {shorten(place)!r}. Name another one with --data-dir or IBSPEC_DATA_DIR"
        )


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
