"""One or more examples of every estimator: what the contract and the pins run over.

A new estimator needs one entry of `EXAMPLES`; `test_contract.py` fails until it is there.
"""

from dataclasses import dataclass
from typing import Any, final, get_args

from ibspec.estimators import AnyEstimator, Binning, Estimator, Kde, Range, Width


@final
@dataclass(frozen=True)
class Example:
    """An estimator and what the contract must know about it.

    Attributes:
        rounding: Bits by which another order of rows, classes or threads may move a number.
        because: Why so much.
        refused: Parameters, as JSON holds them, that must be refused, with a pattern of the message.
        fewest: Smallest number of samples; with fewer a SampleSizeError is right.
    """

    estimator: Estimator
    rounding: float
    because: str
    refused: tuple[tuple[dict[str, Any], str], ...] = ()
    fewest: int = 1


def _kde(noise_variance: float) -> Example:
    return Example(
        Kde(noise_variance=noise_variance),
        rounding=1e-12,
        because="sums of kernels in another order: each of a few thousand additions is off by 1e-16",
        refused=(
            ({"kind": "kde"}, "noise_variance"),  # the noise has no default
            ({"kind": "kde", "noise_variance": 0.0}, "greater than 0"),
            ({"kind": "kde", "noise_variance": -0.1}, "greater than 0"),
        ),
    )


def _binning(cells: Width | Range, *refused: tuple[dict[str, Any], str]) -> Example:
    return Example(
        Binning(cells=cells),
        rounding=1e-13,
        because="counts are whole numbers; the terms c log c are added in another order",
        refused=tuple(({"kind": "binning", "cells": cells}, message) for cells, message in refused),
    )


EXAMPLES: dict[str, tuple[Example, ...]] = {
    "kde": (_kde(0.1), _kde(1e-3)),
    "binning": (
        _binning(
            Width(0.07),
            ({"kind": "width"}, "width"),
            ({"kind": "width", "width": 0.0}, "greater than 0"),
            ({"kind": "width", "width": -0.07}, "greater than 0"),
            ({"kind": "octiles"}, "octiles"),
        ),
        _binning(
            Range(low=-1.0, high=1.0, bins=30),
            ({"kind": "range", "low": 1.0, "high": 1.0, "bins": 30}, "low must be below high"),
            ({"kind": "range", "low": 1.0, "high": -1.0, "bins": 30}, "low must be below high"),
            ({"kind": "range", "low": 1.0, "high": 1.0 + 1e-12, "bins": 30}, "low must be below high"),
            ({"kind": "range", "low": -1.0, "high": 1e39, "bins": 30}, "finite in float32"),
            ({"kind": "range", "low": -1.0, "high": 1.0, "bins": 1}, "greater than or equal to 2"),
            ({"kind": "range", "low": -1.0, "high": 1.0, "bins": 30.5}, "integer"),
            ({"kind": "range", "low": -1.0, "high": 1.0, "bins": 30, "outside": "clip"}, "own-cells"),
        ),
        _binning(Range(low=-1.0, high=1.0, bins=30, outside="wrap")),
    ),
}
"""By `kind`, so that a test can tell which kinds have none."""

ALL: tuple[Example, ...] = tuple(example for examples in EXAMPLES.values() for example in examples)


def union_members() -> tuple[type[Estimator], ...]:
    """The classes that a spec can name, read from the union itself."""
    union = get_args(AnyEstimator)[0]
    return get_args(union) or (union,)


def kind_of(member: type[Estimator]) -> str:
    """The literal that picks a class from JSON."""
    return str(member.model_fields["kind"].default)
