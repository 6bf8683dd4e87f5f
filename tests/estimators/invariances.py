"""Which changes of the data each estimator does not see at all, and to how many bits.

What it sees of the others is its error. To add an estimator, give it a row of `MEMBERS`; to add a change,
write it in `changes.py` and name it in the rows of those that keep to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from ibspec.estimators import (
    AdaptiveKde,
    AsIfRandom,
    Binning,
    Edge,
    Estimator,
    Exact,
    Fixed,
    Gaussian,
    GaussianCopula,
    InfoNce,
    Kde,
    KozachenkoLeonenko,
    Ksg,
    Lnn,
    LocalGaussian,
    Mine,
    Nwj,
    Quantiles,
    Renyi,
    SamplePropagation,
    Separable,
    Width,
)
from tests.estimators.changes import (
    Change,
    copied,
    doubled,
    labels,
    mixed,
    negated,
    padded,
    raised,
    raised_together,
    renamed,
    repeated,
    rows,
    scaled,
    shifted,
    swapped,
    turned,
    units,
)


@final
@dataclass(frozen=True)
class Member:
    """An estimator and what it does not see.

    Attributes:
        keeps: Changes, each with the bits by which rounding may move a number; 0 is bit for bit.
        because: Why so many.
        whole: It is asked about whole numbers.
        labelled: It is asked about classes too.
        examples: Data sets tried.
    """

    estimator: Estimator
    keeps: Mapping[Change, float] = field(hash=False)
    because: str
    whole: bool = False
    labelled: bool = True
    examples: int = 8


def each_of(*changes: Change, within: float) -> dict[Change, float]:
    """The same tolerance for several changes."""
    return dict.fromkeys(changes, within)


SUMS = 1e-12
"""Bits: a few hundred terms of order 1 in another order, each wrong by about 1e-16."""

KERNELS = 1e-9
"""Bits: what kernel sums promise where differences of rows are rounded, and not the sums alone."""

TRAINED: dict[str, Any] = {
    "batch": 16,
    "steps": 20,
    "restarts": 2,
    "critic": Separable(hidden=(8,), embedding=4),
}

_COUNTS = "whole counts; their terms are added in another order"
_SQUARES = "differences of rows are rounded to 1e-16 of the rows, and squared"
_LOGS = "logarithms of distances that are rounded to 1e-16 of the rows; the smallest is about 1e-3 of them"
_LIKE_NORMAL = "angles between spaces, from an SVD of columns of unit length"

MEMBERS: tuple[Member, ...] = (
    Member(
        Kde(noise_variance=0.1),
        each_of(rows, units, labels, padded, negated, copied, within=SUMS)
        | each_of(shifted, turned, within=KERNELS),
        _SQUARES,
    ),
    Member(
        AdaptiveKde(noise_share=0.2),
        each_of(doubled, within=0) | each_of(rows, units, labels, negated, copied, within=SUMS),
        _SQUARES,
    ),
    Member(
        AdaptiveKde(noise_share=0.2, scale="spread"),
        each_of(doubled, within=0)
        | each_of(rows, units, labels, negated, copied, within=SUMS)
        | each_of(shifted, turned, within=KERNELS),
        _SQUARES,
    ),
    Member(
        Binning(cells=Width(0.5)),
        each_of(padded, repeated, within=0) | each_of(rows, units, labels, copied, within=SUMS),
        _COUNTS,
    ),
    Member(
        AsIfRandom(under=Binning(cells=Width(0.5)), window=1),
        each_of(padded, repeated, within=0) | each_of(rows, units, labels, copied, within=SUMS),
        _COUNTS,
    ),
    Member(
        Binning(cells=Quantiles(bins=4)),
        each_of(doubled, repeated, raised_together, within=0)
        | each_of(rows, units, labels, copied, within=SUMS),
        _COUNTS,
    ),
    Member(
        Binning(cells=Quantiles(bins=4, per="unit")),
        each_of(doubled, scaled, raised, repeated, padded, within=0)
        | each_of(rows, units, labels, copied, within=SUMS),
        _COUNTS,
    ),
    Member(
        Exact(),
        each_of(renamed, repeated, padded, negated, within=SUMS)
        | each_of(rows, units, labels, copied, within=SUMS),
        _COUNTS,
        whole=True,
    ),
    Member(
        Ksg(),
        each_of(rows, units, labels, doubled, scaled, negated, padded, repeated, swapped, within=SUMS)
        | each_of(shifted, within=SUMS),
        _COUNTS,
    ),
    Member(
        Ksg(variant=2, standardise=False),
        each_of(doubled, repeated, padded, within=0)
        | each_of(rows, units, labels, negated, swapped, within=SUMS),
        _COUNTS,
    ),
    Member(
        KozachenkoLeonenko(),
        each_of(rows, units, labels, scaled, negated, padded, swapped, within=SUMS)
        | each_of(shifted, within=KERNELS),
        _LOGS,
    ),
    Member(
        Lnn(local=12),
        each_of(rows, units, labels, scaled, negated, padded, swapped, shifted, within=1e-7),
        "small moments of neighbourhoods are inverted",
    ),
    Member(
        LocalGaussian(neighbours=8),
        each_of(rows, units, scaled, negated, padded, swapped, shifted, within=1e-7),
        "Newton's method stops where a step promises 1e-10",
        labelled=False,  # three classes take as long again
        examples=1,
    ),
    Member(
        Gaussian(),
        each_of(
            rows,
            units,
            labels,
            scaled,
            negated,
            padded,
            repeated,
            swapped,
            shifted,
            mixed,
            turned,
            within=1e-10,
        ),
        _LIKE_NORMAL,
    ),
    Member(
        Gaussian(bias_correction="none"),
        each_of(rows, units, labels, scaled, negated, padded, repeated, swapped, mixed, within=1e-10),
        _LIKE_NORMAL,
    ),
    Member(
        GaussianCopula(),
        each_of(doubled, scaled, raised, within=0)
        | each_of(rows, units, labels, negated, padded, repeated, swapped, within=1e-10),
        _LIKE_NORMAL,
    ),
    Member(
        Renyi(width=Fixed(sigma=1.0)),
        each_of(rows, units, labels, negated, padded, swapped, shifted, turned, copied, within=KERNELS),
        "eigenvalues, each off by 1e-15, divided by alpha - 1 = 0.01",
    ),
    Member(
        Renyi(alpha=2.0),
        each_of(rows, units, labels, scaled, negated, swapped, shifted, within=KERNELS),
        _SQUARES,
    ),
    Member(Edge(), each_of(rows, labels, within=SUMS), _COUNTS),
    Member(
        SamplePropagation(sigma=0.5),
        each_of(labels, within=SUMS) | each_of(shifted, within=KERNELS),
        "draws belong to places in the table",
    ),
    *(
        Member(
            kind(**TRAINED),
            each_of(rows, within=0) | each_of(scaled, within=1e-6),
            "trained in single precision, on rows that are put in order first",
            examples=3,
        )
        for kind in (InfoNce, Nwj, Mine)
    ),
)
"""What each estimator does not see."""

ADDING: tuple[Member, ...] = (
    Member(Kde(noise_variance=0.1), {}, _SQUARES),
    Member(Binning(cells=Width(0.5)), {}, _COUNTS),
    Member(Exact(), {}, _COUNTS, whole=True),
    Member(Edge(clip=None, gamma=1e-6), {}, _COUNTS, whole=True),
    Member(Gaussian(bias_correction="none"), {}, _LIKE_NORMAL),
    Member(Renyi(alpha=1.0, width=Fixed(sigma=1.0)), {}, "eigenvalues, 1e-15 each"),
    Member(Renyi(alpha=2.0, width=Fixed(sigma=1.0)), {}, "eigenvalues, 1e-15 each"),
)
"""Estimators for which independent copies add on the data at hand, not in the mean only."""
