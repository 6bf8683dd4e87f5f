"""States of a run from which it can go on: numbers in safetensors, everything else in JSON."""

import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from ibspec.results.integrity import DamagedFileError, read_named, read_sealed, write_named, write_sealed

KEPT = 2
"""The newest one may turn out damaged; then the one before it serves."""

NAME = re.compile(r"\d{6}\.json")

MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    SafetensorError,
    TypeError,
    ValueError,
)
"""What comes of reading a state that somebody else wrote, with checksums that fit."""


def pack(state: Any) -> tuple[Any, dict[str, torch.Tensor]]:
    """Split nested dictionaries, lists and tuples into JSON and the tensors that it refers to by name.

    Raises:
        TypeError: Something is neither.
    """
    tensors: dict[str, torch.Tensor] = {}

    def walk(value: Any) -> Any:
        if isinstance(value, torch.Tensor | np.ndarray):
            name, kind = f"{len(tensors):06d}", "$tensor" if isinstance(value, torch.Tensor) else "$array"
            tensors[name] = torch.as_tensor(value).detach().cpu().clone().contiguous()
            return {kind: name}
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else {"$float": str(value)}
        if isinstance(value, list):
            return [walk(each) for each in value]
        if isinstance(value, tuple):
            return {"$tuple": [walk(each) for each in value]}
        if isinstance(value, dict):
            if all(isinstance(key, str) and not key.startswith("$") for key in value):
                return {key: walk(each) for key, each in value.items()}
            return {"$items": [[walk(key), walk(each)] for key, each in value.items()]}
        raise TypeError(f"a state may hold numbers, text, tensors and containers of them; got {type(value)}")

    return walk(state), tensors


def unpack(packed: Any, tensors: dict[str, torch.Tensor]) -> Any:
    """Undo `pack`."""
    if isinstance(packed, list):
        return [unpack(each, tensors) for each in packed]
    if not isinstance(packed, dict):
        return packed
    readers: dict[str, Callable[[Any], Any]] = {
        "$tensor": lambda name: tensors[name],
        "$array": lambda name: tensors[name].numpy(),
        "$float": float,
        "$tuple": lambda items: tuple(unpack(each, tensors) for each in items),
        "$items": lambda items: {unpack(key, tensors): unpack(each, tensors) for key, each in items},
    }
    if len(packed) == 1 and next(iter(packed)) in readers:
        ((kind, value),) = packed.items()
        return readers[kind](value)
    return {key: unpack(each, tensors) for key, each in packed.items()}


@final
class Checkpoints:
    """The last two states of a run, in a directory of their own.

    Args:
        directory: Made when the first one is written.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def write(self, record: dict[str, Any], state: Any) -> None:
        """Add a state, whole or not at all, and remove all but the last two.

        Args:
            record: What the run knows beside it, as JSON.
            state: As `pack` takes it.
        """
        self.directory.mkdir(exist_ok=True)
        before = self._all()
        number = int(before[-1].stem) + 1 if before else 0
        packed, tensors = pack(state)
        name = write_named(self.directory, f"{number:06d}", ".safetensors", save(tensors))
        document = {"record": record, "state": packed, "tensors": name}
        write_sealed(self.directory / f"{number:06d}.json", document)
        for old in before[: len(before) - (KEPT - 1)]:
            old.unlink()
        self._sweep()

    def newest(
        self, check: Callable[[dict[str, Any]], None] = lambda record: None
    ) -> tuple[dict[str, Any], Any, list[str]] | None:
        """Return the newest state that is whole: record, state, and what was wrong with newer ones.

        Args:
            check: Raises `DamagedFileError` where something else that a record counts on is not whole.

        Raises:
            DamagedFileError: There are states, and none is whole.
        """
        complaints: list[str] = []
        for path in reversed(self._all()):
            try:
                document = read_sealed(path)
                tensors = load(read_named(self.directory / Path(document["tensors"]).name))
                check(document["record"])
                return document["record"], unpack(document["state"], tensors), complaints
            except DamagedFileError as error:
                complaints.append(str(error))
            except MALFORMED as error:
                complaints.append(f"{path} holds no state: {type(error).__name__}: {error}")
        if complaints:
            raise DamagedFileError("no checkpoint is whole: " + "; ".join(complaints))
        return None

    def records(self) -> list[dict[str, Any]]:
        """Return what can be read of the records, oldest first."""
        found = []
        for path in self._all():
            try:
                found.append(read_sealed(path)["record"])
            except (DamagedFileError, KeyError):
                continue
        return found

    def drop_newer_than(self, record: dict[str, Any]) -> None:
        """Remove states after one that is gone back to, and what a killed process left half done."""
        for path in reversed(self._all()):
            try:
                if read_sealed(path)["record"] == record:
                    break
            except (DamagedFileError, KeyError):
                pass
            path.unlink()
        self._sweep()

    def remove(self) -> None:
        """Remove all states."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def _all(self) -> list[Path]:
        if not self.directory.is_dir():
            return []
        return sorted(path for path in self.directory.iterdir() if NAME.fullmatch(path.name))

    def _sweep(self) -> None:
        """Remove tensors without a record, and temporary files."""
        if not self.directory.is_dir():
            return
        numbers = {path.stem for path in self._all()}
        for path in self.directory.iterdir():
            is_orphan = path.suffix == ".safetensors" and path.name.split("-")[0] not in numbers
            if path.is_file() and (is_orphan or path.name.startswith(".")):
                path.unlink()
