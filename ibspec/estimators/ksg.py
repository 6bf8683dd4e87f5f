"""Information from counts of nearest neighbours, by Kraskov, Stoegbauer and Grassberger."""

from typing import ClassVar, Literal, final

import numpy as np
from jaxtyping import Float, Int
from pydantic import Field
from scipy.special import digamma

from ibspec.core import LN2, Activity, Estimate, Probe, Rows, group_rows, spell
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.neighbours import (
    COLLAPSED,
    TRUSTED_COLUMNS,
    Columns,
    Finding,
    Neighbours,
    codes_of,
    columns_of,
    count_within,
    equal_share,
    estimate_of,
    inputs_of,
    jittered,
    nearest,
    of_large_classes,
    require_samples,
    targets_of,
    tied_share,
    trusted_nats,
)

LABELS_KNOWN_BITS = 0.01
"""I(T;Y) this close to its ceiling says that hardly a row has a nearer neighbour of another class."""


@final
class Ksg(Estimator):
    """Estimate I(X;T) and I(T;Y) in bits by counting neighbours; columns are standardised first.

    The distance of two rows (x, t) is the larger of the distances of x and of t, each the largest
    difference in any column. Around each row lies a box that reaches to its k-th neighbour; what counts
    is how many rows are so close in x alone and in t alone, strictly closer for variant 1.

    Nearly unbiased for a few columns and moderate dependence: correlated normals of up to 2 bits come out
    within 0.01 bits in 1 + 1 columns and 0.025 too large in 2 + 2, at 10,000 rows. Strong dependence comes
    out too small, as nothing above psi(N) - psi(k) nats can (`saturated` within 1.5 nats of it); so does the
    information of more than 6 columns of X and T together (`too-wide`). For a layer that is a function of a
    continuous input I(X;T) is infinite: the number then measures N, k and the curvature of the layer,
    not the layer's information.

    I(X;T) needs inputs in `probe.x`, read as real numbers. I(T;Y) is Ross's estimate for classes, where
    classes of a single row are left out and smaller ones use the neighbours that they have; for
    real-valued targets it is the same estimate as of I(X;T).

    Equal rows (ReLU zeros, repeated inputs, whole numbers) are warned about. Where a row equals its k-th
    neighbour, rows equal to it are counted instead, as Gao et al. do for mixtures: for entirely discrete data
    that gives the plug-in information to order 1/N, and variant 1 keeps right where one of the two variables
    has atoms and the other is continuous. Variant 2 is too small by up to 1/k nats there. A lattice, where
    many neighbours are equally far, is no such mixture: add `jitter`, or use an estimator of cells.

    Attributes:
        neighbours: k. More neighbours: smaller variance, larger bias.
        variant: 1 or 2, as the paper numbers them.
        standardise: Bring each column to standard deviation 1 first.
        jitter: Gaussian noise added to each column, in its standard deviations; drawn from `rng`.

    Source:
        Kraskov, Stoegbauer & Grassberger (2004), Phys. Rev. E 69, 066138, eqs. 8 and 9.
        Ross (2014), PLoS ONE 9, e87357, eq. 2: its m counts the row itself, and not the k-th neighbour.
        Gao, Kannan, Oh & Viswanath (2017), arXiv:1709.06212, Algorithm 1; in place of its logarithms, which
        are right to 1/N, digamma of counts that include the row itself, so that data without ties give eq. 8.
    """

    pairwise: ClassVar[bool] = True

    kind: Literal["ksg"] = "ksg"
    neighbours: int = Field(default=3, ge=1, description="k, the neighbour to which the box reaches.")
    variant: int = Field(default=1, ge=1, le=2, description="Which of the two estimates of the paper.")
    standardise: bool = Field(default=True, description="Bring each column to standard deviation 1.")
    jitter: float = Field(
        default=0.0, ge=0, description="Noise against ties, in standard deviations of a column."
    )

    @property
    def label(self) -> str:
        """`ksg(variant, k)` and what differs from the defaults."""
        raw = "" if self.standardise else ", raw"
        jitter = f", jitter {spell(self.jitter)}" if self.jitter else ""
        return f"ksg({self.variant}, k {self.neighbours}{raw}{jitter})"

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Count neighbours; see the class for what the numbers mean.

        Extras:
            ties: Share of rows with an equal, or with equally distant neighbours, where there are any.
            i_ty_dropped: Rows of classes of one row, which were left out.
        """
        layer = columns_of(t, probe, self.standardise)
        require_samples(self.kind, probe, "neighbours", self.neighbours)
        layer = jittered(layer, self.jitter, rng)
        x, y = inputs_of(probe, self.standardise), targets_of(probe, self.standardise)
        i_ty = None
        if probe.classes is not None:
            i_ty = self._of_classes(layer, probe.classes)
        elif y is not None:
            i_ty = self._of_columns(layer, jittered(y, self.jitter, rng))
        return estimate_of(
            None if x is None else self._of_columns(layer, jittered(x, self.jitter, rng)), i_ty
        )

    def _of_columns(self, t: Columns, x: Columns) -> Finding:
        """Eq. 8 or 9."""
        if t.width == 0 or x.width == 0:
            return COLLAPSED
        k, samples = self.neighbours, len(t.rows)
        joint = x.beside(t)
        found = nearest(joint, min(k + 2, samples))
        radius = found.distances[:, k]
        if self.variant == 1:
            # Strictly closer rows, and the row itself; where the radius is 0, the rows that are equal.
            inside = np.nextafter(radius, 0.0)
            n_x, n_t = count_within(x.rows, inside), count_within(t.rows, inside)
            of_box = float(digamma(k))
        else:
            n_x, n_t = (count_within(each, _reach(each, found, k)) - 1 for each in (x.rows, t.rows))
            of_box = float(digamma(k)) - 1.0 / k
        equal = radius == 0
        shared = np.where(equal, digamma(_count_equal(joint)), of_box)
        if self.variant == 2:  # its counts leave the row itself out
            n_x, n_t = n_x + equal, n_t + equal
        nats = float(digamma(samples) + np.mean(shared - digamma(n_x) - digamma(n_t)))
        ties = max(equal_share(t.rows), equal_share(x.rows), tied_share(found, k))
        return Finding(nats, ties=ties, codes=codes_of(nats, joint.shape[1], trusted_nats(samples, k)))

    def _of_classes(self, t: Columns, classes: Int[np.ndarray, " samples"]) -> Finding:
        """Ross's estimate."""
        if t.width == 0 or classes.max() == 0:
            return COLLAPSED
        kept = of_large_classes(classes, 2)
        dropped = int((~kept).sum())
        if not kept.any():
            return Finding(
                None, dropped=dropped, codes=frozenset({"few-samples"}), reason="no two rows of one class"
            )
        rows, classes = t.rows[kept], np.unique(classes[kept], return_inverse=True)[1]
        sizes, samples = np.bincount(classes), len(rows)
        if len(sizes) == 1:
            return Finding(0.0, dropped=dropped, codes=COLLAPSED.codes)
        neighbours = np.minimum(self.neighbours, sizes - 1)
        radius, ties = np.empty(samples), equal_share(rows)
        for label, k in enumerate(neighbours.tolist()):
            own = classes == label
            found = nearest(rows[own], min(k + 2, int(sizes[label])))
            radius[own] = found.distances[:, k]
            ties = max(ties, tied_share(found, k) * sizes[label] / samples)
        n_t = count_within(rows, np.nextafter(radius, 0.0))
        equal = _count_equal(np.column_stack([rows, classes]))
        shared = digamma(np.where(radius == 0, equal, neighbours[classes]))
        ceiling = float(digamma(samples) - np.mean(digamma(sizes)[classes]))
        nats = ceiling + float(np.mean(shared - digamma(n_t)))
        codes = {
            "few-samples": bool((neighbours < self.neighbours).any()),
            "label-ceiling": nats > ceiling - LABELS_KNOWN_BITS * LN2,
            "too-wide": t.width > TRUSTED_COLUMNS,
        }
        said = frozenset(code for code, applies in codes.items() if applies)
        return Finding(nats, ties=ties, dropped=dropped, codes=said)

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes of a few copies of the columns, of the tree, and of distances and indices."""
        return samples * (8 * 6 * units + 32 * (self.neighbours + 2) + 256) + 2**20


def _reach(
    rows: Float[np.ndarray, "samples columns"], found: Neighbours, neighbours: int
) -> Float[np.ndarray, " samples"]:
    """How far the k joint neighbours reach in these columns alone; a row is 0 away from itself."""
    near = rows[found.indices[:, : neighbours + 1]]
    return np.asarray(np.abs(near - rows[:, None, :]).max(axis=(1, 2)))


def _count_equal(rows: Float[np.ndarray, "samples columns"]) -> Int[np.ndarray, " samples"]:
    """How many rows are equal to each row, itself included."""
    groups = group_rows(rows + 0.0)
    return np.asarray(np.bincount(groups)[groups])
