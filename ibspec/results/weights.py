"""Weights of measured nets, kept in memory as far as they fit and then in files of a run's directory."""

import shutil
from pathlib import Path
from typing import final

import torch
from safetensors import safe_open
from safetensors.torch import save

from ibspec.core import write_atomically

Weights = dict[str, torch.Tensor]


@final
class WeightStore:
    """Keeps the weights of any replica at any epoch until they are dropped; the order of storing is free.

    Args:
        directory: Made when the first file is written.
        room: Bytes held in memory.
    """

    def __init__(self, directory: Path, room: int) -> None:
        self.directory, self.room = directory, room
        self._held: dict[tuple[int, int], Weights] = {}
        self._size = self._files = 0
        self._places: dict[tuple[int, int], Path] = {}

    def put(self, replica: int, epoch: int, weights: Weights) -> None:
        """Keep weights; they are not copied, and must not change."""
        self._held[replica, epoch] = weights
        self._size += sum(tensor.nbytes for tensor in weights.values())
        if self._size > self.room:
            self.flush()

    def get(self, replica: int, epoch: int) -> Weights:
        """Return what was put; from a file, on the CPU."""
        if (replica, epoch) in self._held:
            return self._held[replica, epoch]
        start = f"{replica}/{epoch}/"
        with safe_open(self._places[replica, epoch], framework="pt") as file:
            return {
                name.removeprefix(start): file.get_tensor(name)
                for name in file.keys()  # noqa: SIM118 (it is no mapping)
                if name.startswith(start)
            }

    def epochs(self, replica: int) -> list[int]:
        """Return the epochs kept of a replica, rising."""
        return sorted(epoch for of, epoch in {*self._held, *self._places} if of == replica)

    def flush(self) -> None:
        """Write all that is held as one more file."""
        if not self._held:
            return
        self.directory.mkdir(exist_ok=True)
        path = self.directory / f"{self._files:06d}.safetensors"
        tensors = {
            f"{replica}/{epoch}/{name}": tensor.detach().cpu().contiguous()
            for (replica, epoch), weights in self._held.items()
            for name, tensor in weights.items()
        }
        write_atomically(path, save(tensors))
        self._places |= dict.fromkeys(self._held, path)
        self._held, self._size = {}, 0
        self._files += 1

    def remove(self) -> None:
        """Forget everything, files too."""
        self._held, self._places, self._size = {}, {}, 0
        shutil.rmtree(self.directory, ignore_errors=True)
