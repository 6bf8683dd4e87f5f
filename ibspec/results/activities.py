"""What every layer does with one input, before and after training, as a run keeps it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import numpy as np
from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ibspec.core import write_atomically
from ibspec.results.integrity import DamagedFileError, read_checked, sha256_of

FILE: Final = "activations.safetensors"

ABOUT: Final = "about"

Values = Float[np.ndarray, "..."]


@final
@dataclass(frozen=True)
class Activities:
    """Activity of the layers of one net for one row of the probe.

    Attributes:
        before: By layer, in the order of the net, without the axis of samples: (units,) or (channels, ...).
        after: The same at the end.
        first: Epoch of `before`.
        last: Epoch of `after`.
        input: The row itself.
        row: Its number in the probe.
        label: Its class, or its value; empty where it has none.
    """

    before: Mapping[str, Values]
    after: Mapping[str, Values]
    first: int
    last: int
    input: Values
    row: int
    label: str = ""


def write_activities(directory: Path, activities: Activities) -> str:
    """Write them into a run's directory, and return the SHA-256 of the file."""
    tensors = {"input": activities.input}
    tensors |= {f"before/{layer}": values for layer, values in activities.before.items()}
    tensors |= {f"after/{layer}": values for layer, values in activities.after.items()}
    told = {
        "first": activities.first,
        "last": activities.last,
        "row": activities.row,
        "label": activities.label,
        "layers": list(activities.before),  # the file forgets the order
    }
    plain = {name: np.ascontiguousarray(values, dtype=np.float32) for name, values in tensors.items()}
    # Text as a tensor of bytes: the file's own metadata is not to be had from content that was checked.
    plain[ABOUT] = np.frombuffer(json.dumps(told).encode(), dtype=np.uint8)
    content = save(plain)
    write_atomically(directory / FILE, content, make_parents=False)
    return sha256_of(content)


def read_activities(directory: Path, wanted: str) -> Activities:
    """Read what `write_activities` wrote.

    Args:
        directory: Of the run.
        wanted: SHA-256 of the file.

    Raises:
        DamagedFileError: It is not what was written.
    """
    path = directory / FILE
    try:
        tensors = load(read_checked(path, wanted))
        told = json.loads(tensors[ABOUT].tobytes())
        layers = [str(layer) for layer in told["layers"]]
        return Activities(
            before={layer: tensors[f"before/{layer}"] for layer in layers},
            after={layer: tensors[f"after/{layer}"] for layer in layers},
            first=int(told["first"]),
            last=int(told["last"]),
            input=tensors["input"],
            row=int(told["row"]),
            label=str(told["label"]),
        )
    except (SafetensorError, LookupError, TypeError, ValueError) as error:
        raise DamagedFileError(f"{path} is not a file of activities: {error}") from None
