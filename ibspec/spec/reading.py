"""From a file, and what the command line changes in it, to an experiment."""

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
        raise SpecError(f"{where}: wanted a JSON object with name, data, model, training and measure")
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
        if path.stat().st_size > LARGEST_FILE:
            raise SpecError(f"{path}: larger than 16 MiB, so not a spec")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SpecError(f"{path}: no such file{_neighbours(path)}") from None
    except IsADirectoryError:
        raise SpecError(f"{path}: a directory, not a spec file{_neighbours(path / 'x')}") from None
    except UnicodeDecodeError as error:
        raise SpecError(f"{path}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror}") from None
    document = parse_strictly(text, str(path))
    return parse_spec(apply_overrides(document, overrides), str(path))


def _neighbours(path: Path) -> str:
    names = sorted(file.name for file in path.parent.glob("*.json")) if path.parent.is_dir() else []
    specs = [name for name in names if name != "schema.json"]
    return f". {path.parent} holds {', '.join(specs[:20])}" if specs else ""
