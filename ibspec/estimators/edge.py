"""Information of hashed variables, averaged over several hashings ("dependence graphs")."""

import math
from typing import Any, Literal, final

import numpy as np
from jaxtyping import Float, Int
from pydantic import Field

from ibspec.core import (
    SATURATED_BITS,
    Activity,
    Estimate,
    Frozen,
    Probe,
    Rows,
    SampleSizeError,
    UserError,
    as_rows,
    spell,
)
from ibspec.estimators.edge_cells import Columns, cells, mean_reach, project
from ibspec.estimators.estimator import Estimator

FEWEST = 20
"""With fewer rows log2(N / 10), the most dimensions to hash, is below 1."""

BIASED_BITS = 0.1
"""Expected excess of counting, (cells of both - cells of each + 1) / (2 N) nats: above, warn."""

CROWDED = 0.25
"""More cells than this share of the rows: most hold one row, and the excess is no small correction."""


@final
class Clip(Frozen):
    """Limits of one cell's log2(N N_ij / (N_i M_j)), in bits: the published programs cut there."""

    floor: float = Field(default=0.001, description="Least of a cell; makes independence come out as this.")
    upper: float = Field(default=10.0, gt=0, description="Most of a cell; no estimate exceeds it.")


@final
class Edge(Estimator):
    """Estimate I(X;T) and I(T;Y) in bits by counting cells of a hash, in several hashings.

    Each variable is cut into cells floor((v W + shift) / width), W a random projection where a variable has
    more than `project_above` coordinates (of both then), else the identity; the width follows the mean
    distance to the k-th neighbour in each coordinate. Each hashing gives the plug-in information of its
    cells, each cell's logarithm clipped; the median or mean of all hashings is reported. Then all is done
    once more with widths scaled by 2^(-sqrt(2 I) + 1 / (2 I)). Classes are their own cells.

    The number depends on the constants far more than on the layer, and three releases have three sets
    (`of_version`); it has no bound, and is at least 0.001 and at most 10 bits. Where variables are
    independent it is 0.04 for 1+1 normal coordinates and 3.3 for 5+5, at N = 4000.
    Trust comparisons at equal constants, shapes and samples; on discrete data, `clip=None` and a small
    `gamma` it is the exact plug-in number.

    Departures from the released programs: the argument I of the scaling is at least `least_information` (they
    have 2^500 at independence, which puts all rows into one cell and so confirms itself); random numbers come
    from `rng`; a constant layer, and one class, have exactly 0. Kept: in the second round they multiply
    `gamma_factor` in again.

    Attributes:
        gamma: Smoothness: about 1 for continuous data, 0.001 for discrete.
        gamma_factor: Multiplies `gamma`, and once more in the second round.
        width_factor: Widths in mean neighbour distances and hashed dimensions d'.
        log_damped: Whether widths are divided by 1 + ln d, d the coordinates before projection.
        offset: Added to the mean neighbour distance, in units of the data: the number is not scale-free.
        members: Hashings; their shifts are evenly spread over a cell.
        spread: Widths rise evenly from 1 to 1 + spread.
        least_information: Bits; least I to scale by.

    Source:
        Noshad, Zeng & Hero (2019), ICASSP, arXiv:1801.09125, eqs. 4-7; constants from the authors' programs
        4.2.0, 4.3.1 and 4.4.1. Their weights by a convex programme are not offered.
    """

    kind: Literal["edge"] = "edge"
    gamma: float = Field(default=1.0, gt=0, description="Smoothness: about 1, or 0.001 for discrete data.")
    gamma_factor: float = Field(default=0.4, gt=0, description="Multiplies gamma in each round.")
    width_factor: float = Field(default=18.0, gt=0, description="Widths in mean neighbour distances.")
    log_damped: bool = Field(default=True, description="Whether widths are divided by 1 + ln d.")
    offset: float = Field(default=1e-4, ge=0, description="Added to the mean neighbour distance.")
    project_above: int = Field(default=6, ge=0, description="Most coordinates that are not projected.")
    members: int = Field(default=10, ge=1, description="Number of hashings.")
    spread: float = Field(default=0.1, ge=0, description="Largest width over the smallest, less 1.")
    ensemble: Literal["median", "mean"] = Field(default="median", description="How hashings are averaged.")
    rescaled: bool = Field(default=True, description="Whether widths are scaled by a first estimate.")
    least_information: float = Field(default=0.25, gt=0, description="Least bits to scale widths by.")
    clip: Clip | None = Field(default=Clip(), description="Limits of a cell's logarithm, or none.")

    @classmethod
    def of_version(cls, version: Literal["4.2.0", "4.3.1", "4.4.1"]) -> "Edge":
        """Return the constants of a release; 4.2.0 is behind the published information planes."""
        old: dict[str, Any] = {"width_factor": 3.0, "log_damped": False, "project_above": 0}
        if version == "4.2.0":
            old |= {"gamma_factor": 1.0, "members": 5, "spread": 0.0}
        elif version == "4.3.1":
            old |= {"gamma_factor": 0.9}
        else:
            old = {}
        return cls(**old)

    @property
    def label(self) -> str:
        """`edge(version)` where it is one, with the fields that differ from 4.4.1 otherwise."""
        for version in ("4.4.1", "4.3.1", "4.2.0"):
            if self == Edge.of_version(version):
                return f"edge({version})"
        default, own = Edge().model_dump(), self.model_dump()
        parts = [f"{name} {_spelled(value)}" for name, value in own.items() if value != default[name]]
        return f"edge({', '.join(parts)})"

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Count cells of several hashings; see the class for what the numbers mean.

        Extras:
            cells_t: Cells of the activity, mean over the last round's hashings against X (else against Y).
        """
        rows = _columns(t, probe.samples)
        if rng is None:
            raise UserError(
                "edge draws projections and reference rows: it needs a source of randomness, `rng`"
            )
        if probe.samples < FEWEST:
            raise SampleSizeError(
                f"edge needs {FEWEST} samples or more; got {probe.samples}. Enlarge `probe.size`"
            )
        warnings: list[str] = []
        constant = bool((rows == rows[:1]).all())
        if constant:
            warnings.append("collapsed")
        i_xt = 0.0 if constant else None
        i_ty = None
        extras: dict[str, float] = {}
        seeds = rng.spawn(2)
        if probe.x is not None and not constant:
            found = self._measure(rows, _columns(probe.x, probe.samples), None, seeds[0])
            i_xt, extras["cells_t"] = found[:2]
            warnings += found[2]
        targets, classes = probe.y, probe.classes
        if classes is not None and (constant or int(classes.max()) == 0):
            i_ty = 0.0
            if int(classes.max()) == 0:
                warnings.append("one-class")
        elif targets is not None:
            other = None if classes is not None else _columns(targets, probe.samples)
            found = (0.0, 1.0, []) if constant else self._measure(rows, other, classes, seeds[1])
            i_ty = found[0]
            extras.setdefault("cells_t", found[1])
            warnings += found[2]
        return Estimate(i_xt=i_xt, i_ty=i_ty, extras=extras, warnings=tuple(sorted(set(warnings))))

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes of the activity in float64, its cells and their numbers."""
        return 8 * samples * (4 * units + 40) + 2**20

    def _measure(
        self,
        one: Columns,
        other: Columns | None,
        classes: Int[np.ndarray, " samples"] | None,
        rng: np.random.Generator,
    ) -> tuple[float, float, list[str]]:
        """Information in bits, cells of the first variable, warnings; the second is `other` or `classes`."""
        widest = max(one.shape[1], 0 if other is None else other.shape[1])
        given = [
            (each, own) for each, own in zip((one, other), rng.spawn(2), strict=True) if each is not None
        ]
        values, units = [], []
        for each, own in given:
            hashed = project(each, own) if widest > self.project_above else each
            dimensions, coordinates = hashed.shape[1], each.shape[1]
            damping = 1 + math.log(coordinates) if self.log_damped else 1.0
            factor = self.width_factor * dimensions / damping
            values.append(hashed)
            units.append((mean_reach(hashed, own) + self.offset) * factor)
        smooth = self.gamma * self.gamma_factor
        found = self._round(values, units, classes, smooth)
        if self.rescaled:
            least = max(found[0], self.least_information)
            smooth *= self.gamma_factor * 2.0 ** (0.5 / least - math.sqrt(2 * least))
            found = self._round(values, units, classes, smooth)
        return found

    def _round(
        self,
        values: list[Columns],
        units: list[Float[np.ndarray, " _"]],
        classes: Int[np.ndarray, " samples"] | None,
        smooth: float,
    ) -> tuple[float, float, list[str]]:
        """All hashings with one smoothness."""
        samples = len(values[0])
        bits, counts = [], []
        for member in range(self.members):
            stretch = 1 + self.spread * (member / (self.members - 1) if self.members > 1 else 0.0)
            numbers = [
                cells(each, unit * smooth * stretch, member / self.members)
                for each, unit in zip(values, units, strict=True)
            ]
            if classes is not None:
                numbers.append(classes)
            each, cell_counts = self._information(*numbers)
            bits.append(each)
            counts.append(cell_counts)
        information = float(np.median(bits) if self.ensemble == "median" else np.mean(bits))
        ones, others, both = np.mean(counts, axis=0).tolist()
        warnings = []
        ceilings = [math.log2(samples)] + ([] if self.clip is None else [self.clip.upper])
        if information > min(ceilings) - SATURATED_BITS:
            warnings.append("saturated")
        excess = (both - ones - others + 1) / (2 * samples * math.log(2))
        if excess > BIASED_BITS or both > CROWDED * samples:
            warnings.append("few-samples")
        return information, ones, warnings

    def _information(
        self, one: Int[np.ndarray, " samples"], other: Int[np.ndarray, " samples"]
    ) -> tuple[float, tuple[int, int, int]]:
        """Plug-in information in bits of two numberings, clipped cell by cell; cells of each and of both."""
        pair, both = np.unique(one * (int(other.max()) + 1) + other, return_counts=True)
        ones, others = np.bincount(one), np.bincount(other)
        i, j = np.divmod(pair, int(other.max()) + 1)
        samples = len(one)
        logs = np.log2(samples * both / (ones[i].astype(np.float64) * others[j]))
        if self.clip is not None:
            logs = np.clip(logs, self.clip.floor, self.clip.upper)
        counts = (int((ones > 0).sum()), int((others > 0).sum()), len(pair))
        return float(both @ logs / samples), counts


def _columns(values: Activity | Rows, samples: int) -> Columns:
    rows: Columns = as_rows(values, samples).double().contiguous().cpu().numpy()
    return rows


def _spelled(value: object) -> str:
    if isinstance(value, dict):
        return "/".join(_spelled(each) for each in value.values())
    return spell(value) if isinstance(value, float | int) and not isinstance(value, bool) else str(value)
