"""The weights with which the nets of a run ended, for those who want to look at them again."""

from collections.abc import Iterable
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save

from ibspec.core import write_atomically
from ibspec.results.integrity import DamagedFileError, read_checked, sha256_of
from ibspec.results.weights import Weights

FINAL = "final.safetensors"

ROOM = 2**28
"""Bytes that the file may have: 50 of the largest nets that ship, or 100,000 of the smallest."""


def write_final_weights(directory: Path, nets: Iterable[tuple[int, Weights]]) -> dict[str, str]:
    """Write the weights of replicas, in their order, as far as there is room; return the file and its hash.

    Args:
        directory: Of the run.
        nets: Replicas and their weights.

    Returns:
        Nothing where not even the first fits.
    """
    held: Weights = {}
    size = 0
    for replica, weights in nets:
        size += sum(tensor.nbytes for tensor in weights.values())
        if size > ROOM:
            break
        held |= {f"{replica}/{name}": each.detach().cpu().contiguous() for name, each in weights.items()}
    if not held:
        return {}
    content = save(held)
    write_atomically(directory / FINAL, content, make_parents=False)
    return {FINAL: sha256_of(content)}


def read_final_weights(directory: Path, wanted: str) -> dict[int, Weights]:
    """Read the weights of all replicas that were kept.

    Args:
        directory: Of the run.
        wanted: SHA-256 of the file.

    Raises:
        DamagedFileError: The file is not what was written.
    """
    path = directory / FINAL
    try:
        found: dict[int, Weights] = {}
        for key, values in load(read_checked(path, wanted)).items():
            replica, name = key.split("/", 1)
            found.setdefault(int(replica), {})[name] = values
    except (SafetensorError, ValueError) as error:
        raise DamagedFileError(f"{path} holds no weights: {error}") from None
    return found
