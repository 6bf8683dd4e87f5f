"""The reference programs' stored outputs, read; `reference/README.md` says how they were made."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float, Int, Shaped

from ibspec.core import Probe
from ibspec.data.symmetric_bits import symmetric_inputs, symmetric_labels

FILES = Path(__file__).parent / "reference"

WORD_BITS = 12


@final
@dataclass(frozen=True)
class SaxeCase:
    """One activity with what artemyk/ibsgd found for it.

    Attributes:
        name: What it is made of: kind, samples, units, precision, labels.
        t: Activity.
        probe: Inputs and labels.
        kernel: Noise variance -> numbers in bits, for the float32 and float64 backend.
        cells: Way of cutting -> numbers in bits.
    """

    name: str
    t: Float[np.ndarray, "samples units"]
    probe: Probe
    kernel: dict[float, dict[str, dict[str, float]]]
    cells: dict[str, dict[str, float]]


@final
@dataclass(frozen=True)
class NetworkCase:
    """The layers of one network with what ravidziv/IDNNs and artemyk/ibsgd found for them.

    Attributes:
        name: Activation, gain, precision, inputs.
        layers: Layer -> activity.
        probe: Inputs and labels.
        cells: Number of bins -> layer -> numbers in bits, by ravidziv/IDNNs.
        floor: Layer -> numbers in bits, by artemyk/ibsgd with cells of width 0.07.
    """

    name: str
    layers: dict[int, Float[np.ndarray, "samples units"]]
    probe: Probe
    cells: dict[int, list[dict[str, float]]]
    floor: list[dict[str, float]]


@cache
def read_json(name: str) -> Any:
    """Read one of the JSON files."""
    return json.loads((FILES / f"{name}.json").read_text(encoding="utf-8"))


@cache
def read_arrays(name: str) -> dict[str, Shaped[np.ndarray, "..."]]:
    """Read one of the NumPy files."""
    with np.load(FILES / f"{name}.npz") as file:
        return {key: file[key] for key in file.files}


def saxe_cases() -> Iterator[SaxeCase]:
    """Yield the 28 small cases."""
    arrays = read_arrays("saxe_golden")
    for case in read_json("saxe_golden")["cases"]:
        name = case["name"]
        yield SaxeCase(
            name=name,
            t=arrays[f"{name}__T"],
            probe=Probe(x=arrays[f"{name}__X"], y=arrays[f"{name}__y"]),
            kernel={entry["noise_variance"]: entry for entry in case["kde"]},
            cells=case["binned"],
        )


def network_cases() -> Iterator[NetworkCase]:
    """Yield the seven networks; labels of the 12-bit task are regenerated from the inputs."""
    arrays = read_arrays("idnns_golden")
    for case in read_json("idnns_golden")["cases"]:
        name, x = case["name"], arrays[case["x_key"]]
        labels = arrays.get(f"{name}__y")
        yield NetworkCase(
            name=name,
            layers={layer: arrays[f"{name}__layer{layer}"] for layer in case["layers_stored"]},
            probe=Probe(x=x, y=word_labels(x) if labels is None else labels),
            cells={int(bins): found for bins, found in case["results"].items()},
            floor=case["saxe_floor_0_07"],
        )


def word_labels(words: Int[np.ndarray, "samples bits"]) -> Int[np.ndarray, " samples"]:
    """Label of each word of the 12-bit task, by its rule."""
    numbers = words.astype(np.int64) @ (1 << np.arange(WORD_BITS - 1, -1, -1))
    return symmetric_labels()[numbers].astype(np.int64)


def curve_probe() -> Probe:
    """The 4096 words in the order of the stored activities: shuffled once, then split in two and joined."""
    order = np.random.RandomState(0).permutation(4096)  # the reference program's generator
    words = symmetric_inputs()[order]
    return Probe(x=words, y=word_labels(words))


def curve_layers(activation: str) -> list[tuple[Float[np.ndarray, "samples units"], dict[str, float]]]:
    """Activity of each layer at the last measured epoch, with what artemyk/ibsgd found for it, in bits."""
    arrays = read_arrays("ibnet_curves")
    columns = arrays["columns"].tolist()
    last = arrays[f"{activation}_0__mi_bits"][-1]
    return [
        (arrays[f"{activation}_0__act{layer}"], dict(zip(columns, row.tolist(), strict=True)))
        for layer, row in enumerate(last)
    ]
