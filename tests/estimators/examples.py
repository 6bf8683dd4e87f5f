"""One or more examples of every estimator: what the contract and the pins run over.

A new estimator needs one entry of `EXAMPLES`; `test_contract.py` fails until it is there.
"""

from dataclasses import dataclass
from typing import Any, final

from ibspec.calibrate.standard import kind_of
from ibspec.calibrate.standard import members as union_members
from ibspec.estimators import (
    AdaptiveKde,
    AsIfRandom,
    Binning,
    Cells,
    Edge,
    Edges,
    Estimator,
    Exact,
    Fixed,
    Gaussian,
    GaussianCopula,
    InfoNce,
    Joint,
    Kde,
    KozachenkoLeonenko,
    Ksg,
    Lnn,
    LocalGaussian,
    Mine,
    Nwj,
    Quantiles,
    Range,
    Renyi,
    SamplePropagation,
    Separable,
    Width,
    Yu,
)


@final
@dataclass(frozen=True)
class Example:
    """An estimator and what the contract must know about it.

    Attributes:
        rounding: Bits by which another order of rows, classes or threads may move a number.
        because: Why so much.
        refused: Parameters, as JSON holds them, that must be refused, with a pattern of the message.
        fewest: Smallest number of samples; with fewer a SampleSizeError is right.
        of_sample: The number is about the rows at hand, their classes and which inputs are equal. Others
            speak of the law behind them, so that order, precision and small samples matter in other ways;
            their own tests say how.
        whole: Takes whole numbers only.
    """

    estimator: Estimator
    rounding: float
    because: str
    refused: tuple[tuple[dict[str, Any], str], ...] = ()
    fewest: int = 1
    of_sample: bool = True
    whole: bool = False


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


def _binning(cells: Cells, *refused: tuple[dict[str, Any], str]) -> Example:
    return Example(
        Binning(cells=cells),
        rounding=1e-13,
        because="counts are whole numbers; the terms c log c are added in another order",
        refused=tuple(({"kind": "binning", "cells": cells}, message) for cells, message in refused),
    )


_TRAINED: dict[str, Any] = {"batch": 16, "steps": 20, "restarts": 2}


def _variational(member: Any, critic: Any, *refused: tuple[dict[str, Any], str]) -> Example:
    return Example(
        member(**_TRAINED, critic=critic),
        rounding=1e-6,
        because="critics are trained in single precision; products of matrices may round differently",
        refused=refused,
        fewest=48,
        of_sample=False,
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
        _binning(Quantiles(bins=5)),
        _binning(Quantiles(bins=5, per="unit")),
        _binning(Edges(edges=(-0.6, 0.1))),
    ),
    "as-if-random": (
        Example(
            AsIfRandom(under=Binning(cells=Width(0.07)), window=5),
            rounding=1e-13,
            because="whole counts; c log c added in another order",
            refused=(
                ({"kind": "as-if-random", "under": {"kind": "gaussian"}, "window": 5}, "gaussian"),
                (
                    {
                        "kind": "as-if-random",
                        "under": {"kind": "kde", "noise_variance": 0.1},
                        "window": 0,
                    },
                    "greater than or equal to 1",
                ),
                ({"kind": "as-if-random", "under": {"kind": "kde", "noise_variance": 0.1}}, "window"),
            ),
        ),
        Example(
            AsIfRandom(under=Kde(noise_variance=0.1), window=5, windows="all"),
            rounding=1e-12,
            because="sums as those of kde",
        ),
        Example(
            AsIfRandom(under=Binning(cells=Quantiles(bins=5)), over="replicas"),
            rounding=1e-13,
            because="as of cells",
        ),
    ),
    "adaptive-kde": tuple(
        Example(AdaptiveKde(noise_share=0.3, scale=scale), rounding=1e-12, because="sums as those of kde")
        for scale in ("largest", "spread")
    ),
    "exact": (
        Example(Exact(), rounding=1e-13, because="whole counts; c log c added in another order", whole=True),
    ),
    "sample-propagation": (
        Example(
            SamplePropagation(sigma=0.5),
            rounding=1e-12,
            because="sums of kernels in another order",
            of_sample=False,  # draws noise for each place in the table
        ),
    ),
    "ksg": (
        Example(
            Ksg(),
            rounding=1e-12,
            because="whole counts; digammas added in another order",
            refused=(
                ({"kind": "ksg", "neighbours": 0}, "greater than or equal to 1"),
                ({"kind": "ksg", "variant": 3}, "less than or equal to 2"),
                ({"kind": "ksg", "jitter": -1.0}, "greater than or equal to 0"),
            ),
            fewest=4,
            of_sample=False,
        ),
        Example(Ksg(variant=2), rounding=1e-12, because="as above", fewest=4, of_sample=False),
        Example(
            Ksg(neighbours=5, jitter=1e-8), rounding=1e-12, because="as above", fewest=6, of_sample=False
        ),
    ),
    "kozachenko-leonenko": (
        Example(
            KozachenkoLeonenko(),
            rounding=1e-11,
            because="logarithms added in another order",
            refused=(({"kind": "kozachenko-leonenko", "weights": "first"}, "'last' or 'berrett'"),),
            fewest=4,
            of_sample=False,
        ),
    ),
    "lnn": (
        Example(
            Lnn(local=12),
            rounding=1e-9,
            because="eigenvalues of small moments, their logarithms",
            refused=(
                ({"kind": "lnn", "order": 3}, "less than or equal to 2"),
                ({"kind": "lnn", "neighbours": 9, "local": 8}, "local must be at least neighbours"),
            ),
            fewest=13,
            of_sample=False,
        ),
    ),
    "gaussian": (
        Example(
            Gaussian(),
            rounding=1e-10,
            because="an SVD of unit columns, then logarithms of sines",
            refused=(({"kind": "gaussian", "bias_correction": "jackknife"}, "closed-form"),),
            fewest=4,
            of_sample=False,
        ),
    ),
    "gaussian-copula": (
        Example(GaussianCopula(), rounding=1e-10, because="as gaussian", fewest=4, of_sample=False),
    ),
    "renyi": (
        Example(
            Renyi(),
            rounding=1e-9,
            because="300 eigenvalues, each off by 1e-15, divided by alpha - 1 = 0.01",
            refused=(({"kind": "renyi", "alpha": 0.4}, "greater than or equal to 0.5"),),
            of_sample=False,
        ),
        Example(Renyi(alpha=2.0, width=Yu()), rounding=1e-9, because="as above", of_sample=False),
        Example(Renyi(width=Fixed(sigma=1.0)), rounding=1e-9, because="as above", of_sample=False),
    ),
    "edge": (
        Example(
            Edge(),
            rounding=1e-12,
            because="counts; plug-in sums",
            refused=(({"kind": "edge", "gamma": 0.0}, "greater than 0"),),
            fewest=20,
            of_sample=False,
        ),
    ),
    "info-nce": (
        _variational(
            InfoNce,
            Separable(hidden=(8,), embedding=4),
            ({"kind": "info-nce", "batch": 1}, "greater than or equal to 2"),
            ({"kind": "info-nce", "held_out": 1.0}, "less than 1"),
            ({"kind": "info-nce", "averaging": 0.9}, "averaging"),
        ),
        _variational(InfoNce, Joint(hidden=(8,))),
    ),
    "nwj": (
        _variational(
            Nwj,
            Separable(hidden=(8,), embedding=4),
            ({"kind": "nwj", "learning_rate": 0.0}, "greater than 0"),
        ),
    ),
    "mine": (
        _variational(
            Mine, Separable(hidden=(8,), embedding=4), ({"kind": "mine", "averaging": 1.0}, "less than 1")
        ),
    ),
    "local-gaussian": (
        Example(
            LocalGaussian(),
            rounding=1e-7,
            because="Newton's method stops where a step promises 1e-10",
            refused=(({"kind": "local-gaussian", "neighbours": 2}, "greater than or equal to 3"),),
            fewest=17,
            of_sample=False,
        ),
    ),
}
"""By `kind`, so that a test can tell which kinds have none."""

__all__ = ["ALL", "EXAMPLES", "OF_SAMPLE", "Example", "kind_of", "union_members"]

ALL: tuple[Example, ...] = tuple(example for examples in EXAMPLES.values() for example in examples)

OF_SAMPLE: tuple[Example, ...] = tuple(e for e in ALL if e.of_sample and not e.whole)
