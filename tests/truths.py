"""Cases whose information is known on paper: the law, the exact number of bits, a tolerance and its reason.

A truth names the columns of the table of measurements (`i_xt`, `i_xt_lower`, ..., `h_t`). To add one, append
it to `KDE` or `BINNING`; `tests/estimators/test_truths.py` does the rest. Expected values are formulas, not
outputs of ours; `printed` holds what an independent program gave, to the digits that it printed.

Laws that have to be sampled, with biases and seeds, are in `tests/sampled_truths.py`; what leaves numbers
as they are in `tests/estimators/test_invariances.py`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from ibspec.core import Estimate, Probe
from ibspec.estimators import Binning, Estimator, Kde, Range, Width
from ibspec.results import estimate_fields

IDENTITY = 1e-12
"""Plug-in identities: sums of a few thousand float64 terms, each wrong by about 1e-16 times 12 bits."""

KERNEL = 1e-11
"""Closed forms of kernel sums at moderate distance: exponents below 100, each wrong by a few 1e-15."""


@final
@dataclass(frozen=True)
class Truth:
    """One law, one estimator, and what must come out.

    Attributes:
        law: What the rows are, in words.
        t: Activity.
        exact: Bits by column of the table of measurements.
        printed: The same from elsewhere, rounded to `digits` decimals.
        tolerance: In bits.
        because: Why the tolerance is as large as it is.
    """

    name: str
    law: str
    estimator: Estimator
    t: Any
    exact: Mapping[str, float]
    y: Any = None
    ids: Any = None
    printed: Mapping[str, float] = field(default_factory=dict)
    digits: int = 6
    tolerance: float = KERNEL
    because: str = "closed form; only rounding"

    def probe(self) -> Probe:
        """The probe of this law; rows without `ids` are different inputs."""
        ids = np.arange(len(self.t)) if self.ids is None else self.ids
        return Probe(y=self.y, ids=ids)

    def measured(self) -> dict[str, Any]:
        """What the estimator says, by column."""
        rng = np.random.default_rng(0)  # for those that draw
        return columns(self.estimator.estimate(self.t, self.probe(), rng=rng))


def columns(estimate: Estimate) -> dict[str, Any]:
    """An estimate as a row of the table; `extras` by name beside the others."""
    return estimate_fields(estimate) | dict(estimate.extras)


def h2(p: float) -> float:
    """Entropy in bits of a coin."""
    return -p * math.log2(p) - (1 - p) * math.log2(1 - p)


def entropy(*weights: float) -> float:
    """Entropy in bits of the law proportional to `weights`."""
    total = math.fsum(weights)
    return -math.fsum(w / total * math.log2(w / total) for w in weights)


def pair(squared_distance: float, noise_variance: float) -> float:
    """f(1) in bits of two points; f(4) is the same with four times the variance."""
    return 1.0 - math.log2(1.0 + math.exp(-squared_distance / (2 * noise_variance)))


def simplex(points: int, squared_distance: float, noise_variance: float) -> float:
    """f(1) in bits of points that all are equally far from one another."""
    kernel = math.exp(-squared_distance / (2 * noise_variance))
    return math.log2(points) - math.log2(1.0 + (points - 1) * kernel)


def lattice(points: int, step: float, noise_variance: float) -> float:
    """f(1) in bits of equally spaced points on a line; row i is 0..i steps from some, 1.. from the others."""
    kernels = [math.exp(-((k * step) ** 2) / (2 * noise_variance)) for k in range(points)]
    sums = [math.fsum(kernels[: i + 1]) + math.fsum(kernels[1 : points - i]) for i in range(points)]
    return math.log2(points) - math.fsum(math.log2(s) for s in sums) / points


def both(f: Any, *arguments: float, noise_variance: float) -> dict[str, float]:
    """Headline and bounds of a closed form f(..., noise variance)."""
    upper, lower = f(*arguments, noise_variance), f(*arguments, 4 * noise_variance)
    return {"i_xt": upper, "i_xt_upper": upper, "i_xt_lower": lower}


def _two_points(distance: float, lower: float, upper: float) -> Truth:
    return Truth(
        name=f"two-points-{distance:g}",
        law=f"two points {distance:g} noise standard deviations apart",
        estimator=Kde(noise_variance=1.0),
        t=np.array([[0.0], [distance]]),
        exact=both(pair, distance**2, noise_variance=1.0),
        printed={"i_xt_lower": lower, "i_xt_upper": upper},
    )


def _three_points() -> Truth:
    """Outer points of one class, the middle one alone in the other; noise variance 1/2."""

    def f(v: float) -> float:
        near, far = math.exp(-1 / (2 * v)), math.exp(-4 / (2 * v))
        return math.log2(3) - (2 * math.log2(1 + near + far) + math.log2(1 + 2 * near)) / 3

    def f_given_y(v: float) -> float:
        return 2 / 3 * pair(4.0, v)

    upper, lower = f(0.5), f(2.0)
    return Truth(
        name="three-points-two-classes",
        law="points -1, 0, 1 of classes 0, 1, 0",
        estimator=Kde(noise_variance=0.5),
        t=np.array([[-1.0], [0.0], [1.0]]),
        y=[0, 1, 0],
        exact={
            "i_xt": upper,
            "i_xt_lower": lower,
            "i_ty": upper - f_given_y(0.5),
            "saxe_i_ty_lower": lower - f_given_y(2.0),
            "i_ty_lower": lower - f_given_y(0.5),
            "i_ty_upper": upper - f_given_y(2.0),
        },
        printed={
            "i_ty": 0.356477,
            "saxe_i_ty_lower": 0.033255,
            "i_ty_lower": -0.250583,  # below zero, and kept so
            "i_ty_upper": 0.640314,
        },
    )


def _one_hot(classes: int, copies: int) -> Truth:
    labels = np.repeat(np.arange(classes), copies)
    return Truth(
        name=f"one-hot-{classes}x{copies}",
        law="balanced one-hot labels: a simplex with squared side 2, each corner many times",
        estimator=Kde(noise_variance=0.0735),
        t=np.eye(classes)[labels],
        y=labels,
        exact=both(simplex, classes, 2.0, noise_variance=0.0735)
        | {"i_ty": simplex(classes, 2.0, 0.0735), "i_ty_lower": simplex(classes, 2.0, 4 * 0.0735)},
        printed={"i_xt_lower": 2.943471, "i_xt_upper": 3.321912},
    )


def _grid() -> Truth:
    """Independent coordinates: the kernel sum of a grid is the product of those of its sides, so f adds."""
    sides = (np.arange(3) * 1.0, np.arange(4) * 0.5, np.arange(5) * 2.0)
    v = 0.8
    parts = [(3, 1.0), (4, 0.5), (5, 2.0)]
    return Truth(
        name="grid",
        law="a 3 x 4 x 5 grid with steps 1, 0.5, 2",
        estimator=Kde(noise_variance=v),
        t=np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 3),
        exact={
            "i_xt": sum(lattice(n, step, v) for n, step in parts),
            "i_xt_lower": sum(lattice(n, step, 4 * v) for n, step in parts),
        },
    )


def _clusters(sizes: Sequence[int], units: int) -> Truth:
    """Points on top of one another, clusters on a line 100 standard deviations apart (kernel exp(-1250))."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    h = entropy(*sizes)
    return Truth(
        name=f"clusters-{'-'.join(map(str, sizes))}-in-{units}",
        law="clusters of zero radius, far apart: the noise hides nothing but which row of a cluster it was",
        estimator=Kde(noise_variance=1.0),
        t=np.repeat(100.0 * labels[:, None], units, axis=1) / math.sqrt(units),
        y=labels,
        exact=dict.fromkeys(("i_xt", "i_xt_lower", "i_ty", "i_ty_lower", "i_ty_upper"), h),
    )


def _constant(rows: int) -> Truth:
    return Truth(
        name=f"constant-{rows}",
        law="a layer that says nothing",
        estimator=Kde(noise_variance=1e-3),
        t=np.full((rows, 4), 0.1),
        y=np.arange(rows) % 2,
        exact=dict.fromkeys(("i_xt", "i_xt_lower", "i_ty", "i_ty_lower", "i_ty_upper"), 0.0),
        tolerance=IDENTITY,
        because="log N minus the mean of N equal logarithms",
    )


KDE: tuple[Truth, ...] = (
    _two_points(1.0, 0.087353, 0.316051),
    _two_points(2.0, 0.316051, 0.816882),
    _two_points(4.0, 0.816882, 0.999516),
    _two_points(8.0, 0.999516, 1.0),
    _three_points(),
    _one_hot(10, 1),
    _one_hot(10, 30),
    _grid(),
    _clusters((90, 10), 1),
    _clusters((300, 1, 1, 7), 3),
    _clusters((300, 1, 1, 7), 50),
    _constant(1),
    _constant(300),
    Truth(
        name="weighted-clusters-in-nats",
        law="two far clusters with weights 0.9 and 0.1: 0.325083 nats",
        estimator=Kde(noise_variance=1.0),
        t=np.repeat([0.0, 1e3], [9, 1]),
        exact={"i_xt": h2(0.1)},
        printed={"i_xt": 0.325083 / 0.6931471805599453},
        digits=5,  # nats printed to 6 decimals
    ),
    Truth(
        name="integers-below-ten",
        law="labels 0..9 as numbers, one unit",
        estimator=Kde(noise_variance=0.0735),
        t=np.arange(10.0),
        exact=both(lattice, 10, 1.0, noise_variance=0.0735),
        printed={"i_xt_lower": 2.91241, "i_xt_upper": 3.31905},
        digits=5,
    ),
    Truth(
        name="ninths",
        law="labels 0..9 divided by 9, one unit",
        estimator=Kde(noise_variance=0.0735),
        t=np.arange(10.0) / 9,
        exact=both(lattice, 10, 1 / 9, noise_variance=0.0735),
        printed={"i_xt_lower": 0.409, "i_xt_upper": 1.039},
        digits=3,
    ),
    Truth(
        name="no-noise",
        law="the noise tends to nothing: all distinct rows are told apart",
        estimator=Kde(noise_variance=1e-9),
        t=np.array([[0.0], [1.0]]),
        exact={"i_xt": 1.0, "i_xt_lower": 1.0},
        tolerance=IDENTITY,
        because="kernels of exp(-1e8) are zero",
    ),
    Truth(
        name="all-noise",
        law="the noise drowns everything: f = mean D / (2 v), with D of mean 1/2",
        estimator=Kde(noise_variance=1e9),
        t=np.array([[0.0], [1.0]]),
        exact={"i_xt": 2.5e-10 / math.log(2.0)},
        tolerance=1e-15,
        because="rounding of log 2, 1e-16; the next term of the series is 1e-19",
    ),
)


def _channel(rows: Mapping[tuple[Any, Any], int]) -> dict[str, np.ndarray]:
    """Activity and input ids of a noisy channel from the number of times that each (x, t) occurs."""
    pairs = [p for p, count in rows.items() for _ in range(count)]
    return {"ids": np.array([x for x, _ in pairs]), "t": np.array([float(t) for _, t in pairs])}


def _symbols(count: int) -> Truth:
    return Truth(
        name=f"identity-{count}",
        law="every symbol once, in a cell of its own; the class is its parity",
        estimator=Binning(cells=Width(1.0)),
        t=np.arange(count),
        y=np.arange(count) % 2,
        exact={
            "h_t": math.log2(count),
            "i_xt": math.log2(count),
            "i_ty": entropy((count + 1) // 2, count // 2),
        },
        tolerance=IDENTITY,
    )


def _noisy_typewriter(symbols: int) -> Truth:
    """T is X or X + 1 with equal odds: H(T) = log2 m + 1/m, H(T|X) = 1."""
    return Truth(
        name=f"x-or-next-{symbols}",
        law="T is X or X + 1, equally often: the two end symbols come half as often as the others",
        estimator=Binning(cells=Width(1.0)),
        **_channel({(x, x + step): 1 for x in range(symbols) for step in (0, 1)}),
        exact={
            "h_t": math.log2(symbols) + 1 / symbols,
            "i_xt": math.log2(symbols) + 1 / symbols - 1,
            "h_t_given_x": 1.0,
        },
        tolerance=IDENTITY,
    )


_FOUR_BITS = np.array([[(row >> bit) & 1 for bit in range(4)] for row in range(16)])

BINNING: tuple[Truth, ...] = (
    _symbols(2),
    _symbols(5),
    _symbols(4096),
    Truth(
        name="identity-in-wrapped-range",
        law="30 edges on [-1, 1], one value in each of the 29 inner cells",
        estimator=Binning(cells=Range(low=-1.0, high=1.0, bins=30, outside="wrap")),
        t=-1 + (np.arange(29) + 0.5) * 2 / 29,
        exact={"i_xt": math.log2(29)},
        tolerance=IDENTITY,
    ),
    Truth(
        name="constant",
        law="a layer that says nothing",
        estimator=Binning(cells=Width(0.07)),
        t=np.full((7, 3), 0.3),
        y=[0, 1, 0, 1, 0, 1, 1],
        exact={"h_t": 0.0, "i_xt": 0.0, "i_ty": 0.0},
        tolerance=IDENTITY,
    ),
    Truth(
        name="binary-symmetric-channel",
        law="a fair bit arrives flipped one time in four",
        estimator=Binning(cells=Width(0.5)),
        **_channel({(0, 0): 3, (0, 1): 1, (1, 0): 1, (1, 1): 3}),
        exact={"h_t": 1.0, "i_xt": 1 - h2(0.25), "h_t_given_x": h2(0.25)},
        tolerance=IDENTITY,
    ),
    Truth(
        name="binary-erasure-channel",
        law="a fair bit is erased three times in eight: I = 1 - 3/8",
        estimator=Binning(cells=Width(0.5)),
        **_channel({(0, -1): 5, (0, 0): 3, (1, 1): 5, (1, 0): 3}),
        exact={"i_xt": 5 / 8},
        tolerance=IDENTITY,
    ),
    _noisy_typewriter(5),
    _noisy_typewriter(64),
    Truth(
        name="same-input-other-class",
        law="one input, two rows of different classes: T knows nothing of either",
        estimator=Binning(cells=Width(0.5)),
        t=[1.0, 1.0],
        ids=[7, 7],
        y=[0, 1],
        exact={"i_xt": 0.0, "i_ty": 0.0},
        tolerance=IDENTITY,
    ),
    Truth(
        name="two-of-three-rows-equal",
        law="rows a, a, b, deterministic: I(X;T) = H(T) = H(X)",
        estimator=Binning(cells=Width(0.5)),
        t=[[0.0], [0.0], [1.0]],
        ids=[4, 4, 2],
        exact={"i_xt": entropy(2, 1), "h_t": entropy(2, 1)},
        printed={"i_xt": 0.918296},
        tolerance=IDENTITY,
    ),
    Truth(
        name="exclusive-or",
        law="T holds two of four fair bits, Y is their exclusive or",
        estimator=Binning(cells=Width(0.5)),
        t=_FOUR_BITS[:, :2],
        y=_FOUR_BITS[:, 0] ^ _FOUR_BITS[:, 1],
        exact={"h_t": 2.0, "i_xt": 2.0, "i_ty": 1.0},
        tolerance=IDENTITY,
    ),
    Truth(
        name="half-of-exclusive-or",
        law="T holds one of the two bits whose exclusive or is Y",
        estimator=Binning(cells=Width(0.5)),
        t=_FOUR_BITS[:, :1],
        y=_FOUR_BITS[:, 0] ^ _FOUR_BITS[:, 1],
        exact={"h_t": 1.0, "i_xt": 1.0, "i_ty": 0.0},
        tolerance=IDENTITY,
    ),
    Truth(
        name="unbalanced-classes",
        law="classes of 3, 1 and 4 rows, each class in one cell: a mean over classes needs its weights",
        estimator=Binning(cells=Range(low=0.0, high=3.0, bins=4)),
        t=[0.1, 0.2, 0.9, 1.5, 2.0, 2.1, 2.2, 2.9],
        y=list("aaabcccc"),
        exact={"h_t": entropy(3, 1, 4), "i_xt": entropy(3, 1, 4), "i_ty": entropy(3, 1, 4)},
        tolerance=IDENTITY,
    ),
    Truth(
        name="mixed-classes",
        law="class a (3 rows) in one cell; class b (1 row) too; class c (4 rows) half there, half elsewhere",
        estimator=Binning(cells=Width(1.0)),
        t=[0.1, 0.2, 0.9, 0.5, 0.0, 0.3, 7.2, 7.9],
        y=list("aaabcccc"),
        exact={"h_t": entropy(6, 2), "i_ty": entropy(6, 2) - 4 / 8 * 1.0},
        tolerance=IDENTITY,
    ),
    Truth(
        name="two-cells",
        law="0.4 and 0.6 on [0, 1] cut in halves",
        estimator=Binning(cells=Range(low=0.0, high=1.0, bins=3)),
        t=[0.4, 0.6],
        exact={"i_xt": 1.0},
        tolerance=IDENTITY,
    ),
    Truth(
        name="three-cells",
        law="the same cut in thirds, which is no refinement of halves: less information",
        estimator=Binning(cells=Range(low=0.0, high=1.0, bins=4)),
        t=[0.4, 0.6],
        exact={"i_xt": 0.0},
        tolerance=IDENTITY,
    ),
    Truth(
        name="outside-own-cells",
        law="one value below, one inside, one above, each end in a cell of its own",
        estimator=Binning(cells=Range(low=-1.0, high=1.0, bins=2)),
        t=[-5.0, 0.0, 5.0],
        exact={"i_xt": math.log2(3)},
        tolerance=IDENTITY,
    ),
    Truth(
        name="outside-wrapped",
        law="the same, the ends sharing a cell",
        estimator=Binning(cells=Range(low=-1.0, high=1.0, bins=2, outside="wrap")),
        t=[-5.0, 0.0, 5.0],
        exact={"i_xt": entropy(2, 1)},
        tolerance=IDENTITY,
    ),
    Truth(
        name="edges-belong-above",
        law="values on the edges -1, 0, 1 and one just inside each cell: an edge opens its cell",
        estimator=Binning(cells=Range(low=-1.0, high=1.0, bins=3)),
        t=[-1.0, -0.5, 0.0, 0.5, 1.0, 1.5],
        exact={"i_xt": math.log2(3)},
        tolerance=IDENTITY,
    ),
    Truth(
        name="floor-below-zero",
        law="cells of width 1 around zero: -0.5 lies in [-1, 0), not with 0.5 (floor)",
        estimator=Binning(cells=Width(1.0)),
        t=[-0.75, -0.25, 0.25, 0.75],
        exact={"i_xt": 1.0},
        tolerance=IDENTITY,
    ),
    Truth(
        name="floor-not-round",
        law="0.2 and 0.8 share [0, 1), 1.2 and 1.8 share [1, 2): rounding would make 0, 1, 1, 2",
        estimator=Binning(cells=Width(1.0)),
        t=[0.2, 0.8, 1.2, 1.8],
        exact={"i_xt": 1.0},
        tolerance=IDENTITY,
    ),
    Truth(
        name="minus-zero",
        law="-0.0 is 0.0",
        estimator=Binning(cells=Width(1.0)),
        t=np.array([-0.0, 0.0]),
        exact={"i_xt": 0.0},
        tolerance=IDENTITY,
    ),
)

ALL: tuple[Truth, ...] = KDE + BINNING
