"""Weights of nets that may be needed again, in memory as far as they fit and then in files."""

import re
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, final

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from ibspec.results.integrity import DamagedFileError, read_named, write_named

Weights = dict[str, torch.Tensor]
Place = tuple[int, int]
"""Replica and epoch."""

NAME = re.compile(r"\d{6}-[0-9a-f]{16}\.safetensors")


@final
class WeightStore:
    """Keeps the weights of any replica at any epoch until they are dropped.

    Args:
        directory: Made when the first file is written.
        room: Bytes held in memory.
    """

    def __init__(self, directory: Path, room: int) -> None:
        self.directory, self.room = directory, room
        self._held: dict[Place, Weights] = {}
        self._size = self._files = 0
        self._filed: dict[Place, str] = {}
        self._open: tuple[str, _File] | None = None  # the one read last

    def __contains__(self, place: object) -> bool:
        return place in self._held or place in self._filed

    def put(self, replica: int, epoch: int, weights: Weights) -> None:
        """Keep weights; they are not copied, and must not change."""
        if (replica, epoch) in self:
            return
        self._held[replica, epoch] = weights
        self._size += _size(weights)
        if self._size > self.room:
            self.flush()

    def get(self, replica: int, epoch: int) -> Weights:
        """Return what was put; from a file, on the CPU.

        Raises:
            DamagedFileError: The file is not what was written.
        """
        if (replica, epoch) in self._held:
            return self._held[replica, epoch]
        name = self._filed[replica, epoch]
        if self._open is None or self._open[0] != name:
            self._open = None  # never two of them in memory
            self._open = name, _File(self.directory / name)
        return self._open[1].get(replica, epoch)

    def drop(self, replica: int, epoch: int) -> None:
        """Forget weights, if there are any."""
        self._filed.pop((replica, epoch), None)
        weights = self._held.pop((replica, epoch), None)
        if weights is not None:
            self._size -= _size(weights)

    def epochs(self, replica: int) -> list[int]:
        """Return the epochs kept of a replica, rising."""
        return sorted(epoch for of, epoch in {*self._held, *self._filed} if of == replica)

    def flush(self) -> None:
        """Write all that is held as one more file."""
        if not self._held:
            return
        self.directory.mkdir(exist_ok=True)
        content = save(_stacked(self._held))
        name = write_named(self.directory, f"{self._files:06d}", ".safetensors", content)
        self._filed |= dict.fromkeys(self._held, name)
        self._held, self._size = {}, 0
        self._files += 1

    def record(self) -> list[list[Any]]:
        """Return which place is in which file, as JSON; flush first."""
        return [[replica, epoch, name] for (replica, epoch), name in sorted(self._filed.items())]

    def restore(self, record: Iterable[list[Any]]) -> None:
        """Go back to a record of this directory."""
        self._held, self._size, self._open = {}, 0, None
        self._filed = {(replica, epoch): Path(name).name for replica, epoch, name in record}
        numbers = [int(path.name[:6]) for path in self._on_disk()]
        self._files = max(numbers, default=-1) + 1

    def sweep(self, named: Collection[str]) -> None:
        """Remove the files that hold nothing any more, but for those that some checkpoint names."""
        needed = {*self._filed.values(), *named}
        for path in self._on_disk():
            if path.name not in needed:
                path.unlink()

    def remove(self) -> None:
        """Forget everything, files too."""
        self._held, self._filed, self._size, self._open = {}, {}, 0, None
        shutil.rmtree(self.directory, ignore_errors=True)

    def _on_disk(self) -> list[Path]:
        if not self.directory.is_dir():
            return []
        return [path for path in self.directory.iterdir() if NAME.fullmatch(path.name)]


@final
class _File:
    """What one file holds: of each replica its epochs, `0`, and its tensors at all of them, `0/000000/name`.

    Nets of a few hundred weights come by the ten thousand: a tensor of its own for each of theirs would take
    a hundred times as long to read.

    Raises:
        DamagedFileError: The file is not what was written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            stacked = load(read_named(path))
            self._rows = {
                (int(key), epoch): row
                for key, epochs in stacked.items()
                if "/" not in key
                for row, epoch in enumerate(epochs.tolist())
            }
            self._tensors: dict[int, Weights] = {replica: {} for replica, _ in self._rows}
            for key in sorted(stacked):  # in the order of the net, which the file does not keep
                if "/" in key:
                    replica, _, name = key.split("/", 2)
                    self._tensors[int(replica)][name] = stacked[key]
        except (SafetensorError, LookupError, TypeError, ValueError) as error:
            raise DamagedFileError(f"{path} holds no weights: {error}") from None

    def get(self, replica: int, epoch: int) -> Weights:
        """Return weights of their own, which do not hold on to the others."""
        try:
            row = self._rows[replica, epoch]
            return {name: values[row].clone() for name, values in self._tensors[replica].items()}
        except LookupError:
            raise DamagedFileError(
                f"{self.path} holds no weights of replica {replica} at epoch {epoch}"
            ) from None


def _stacked(held: dict[Place, Weights]) -> Weights:
    """Return weights as `_File` reads them: those of a replica have the same names and shapes throughout."""
    of_replica: dict[int, dict[int, Weights]] = {}
    for (replica, epoch), weights in held.items():
        of_replica.setdefault(replica, {})[epoch] = weights
    stacked: Weights = {}
    for replica, weights_at in of_replica.items():
        stacked[f"{replica}"] = torch.tensor(list(weights_at))
        for number, name in enumerate(next(iter(weights_at.values()))):
            each = [weights[name].detach().cpu() for weights in weights_at.values()]
            stacked[f"{replica}/{number:06d}/{name}"] = torch.stack(each).contiguous()
    return stacked


def _size(weights: Weights) -> int:
    return sum(tensor.nbytes for tensor in weights.values())
