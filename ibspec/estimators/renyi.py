"""Matrix-based information: entropies of the eigenvalues of kernel matrices."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, final
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Shaped
from pydantic import Field

from ibspec.core import Activity, Estimate, Probe, Rows, UserError, as_rows, spell
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.kernel_widths import KernelWidth, Role, Tapia
from ibspec.estimators.row_distances import BLOCK, Square
from ibspec.estimators.session import Dated, Reach, Session

COLLAPSED, SATURATED = 0.05, 0.95
"""Shares of log2 n: outside, the width makes all rows alike, or all different, whatever the layer."""

NEAR_ONE = 0.1
"""So near alpha = 1 the sum of powers is near 1, and its logarithm is taken from the difference to 1."""


_Key = tuple[float, KernelWidth, Role, str]


@final
@dataclass(frozen=True)
class _Side:
    """Inputs or labels: their kernel, its entropy in bits, its width, and the rows of each class."""

    kernel: Square
    entropy: float
    sigma: float
    members: Sequence[Bool[np.ndarray, " samples"]] | None = None


_KNOWN: WeakKeyDictionary[Probe, dict[_Key, _Side]] = WeakKeyDictionary()
"""Of probes that are still in use, of which all rows are taken: they are the same at each measurement."""


@final
class Renyi(Estimator):
    """Compute the matrix-based I(X;T) and I(T;Y) of order alpha, in bits.

    A = K / n with K the kernel matrix of the rows (1 on the diagonal) has trace 1, its entropy is
    S(A) = log2(sum lambda^alpha) / (1 - alpha), and I = S(A) + S(B) - S(A∘B / tr(A∘B)).

    It is *not* an estimate of Shannon's information of the law: it depends on n and on the width (for
    n = 500 independent normal pairs it is 0.2 bits). Compare numbers only within one n and one rule. It is
    at most min(S(A), S(B)) <= log2 n. It is at least 0 at alpha = 1 only; at alpha = 2 it can be -0.07 for
    ten points, at 1.01 about -1e-5.

    X and a real Y have the same kernel as the layer (but see the rule); classes have the kernel 1 where
    equal, else 0. `s_t` near log2 n or near 0 says that the width sees all rows as different (`saturated`)
    or alike (`collapsed`), for any layer.

    Attributes:
        alpha: Order; 1 is the limit, von Neumann's entropy; below 0.5 rounding of zero eigenvalues counts.
        width: The rule for the kernel's width.
        channels: `together`: one kernel on all units. `multivariate`: the product of one kernel for each
            channel of a (samples, channels, ...) layer; with many channels that comes near the identity.
        samples: Rows taken, at random, from a larger probe; time grows with their cube.

    Source:
        Sánchez Giraldo, Rao & Príncipe (2015), IEEE Trans. Inf. Theory 61, 535-548, eqs. 7 and 9-12; Yu et
        al. (2020), IEEE TNNLS 31, 1-8 (several channels); alpha = 1.01 as in both.
    """

    pairwise: ClassVar[bool] = True

    kind: Literal["renyi"] = "renyi"
    alpha: float = Field(default=1.01, ge=0.5, description="Order; 1 is von Neumann's entropy.")
    width: KernelWidth = Field(default=Tapia(), description="Rule for the kernel's width.")
    channels: Literal["together", "multivariate"] = Field(
        default="together", description="One kernel on all units, or the product of one for each channel."
    )
    samples: int = Field(default=2000, ge=2, description="Most rows to take from the probe.")

    @property
    def label(self) -> str:
        """`renyi(alpha, rule, samples)`."""
        way = ", multivariate" if self.channels == "multivariate" else ""
        return f"renyi({spell(self.alpha)}, {self.width.label}, n {self.samples}{way})"

    @property
    def reach(self) -> Reach:
        """A layer in time, where its width is smoothed."""
        return "layer" if self.width.remembered > 0 else "snapshot"

    def session(self, layer: str | None, probe: Probe, *, rng: np.random.Generator | None = None) -> Session:
        """Begin to look at a layer in training; a smoothed width starts from that of the first epoch."""
        if self.reach == "snapshot":
            return super().session(layer, probe, rng=rng)
        return _Smoothed(self, probe, rng)

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Compare kernel matrices; see the class for what the numbers mean.

        Extras:
            s_t, s_x, s_y, s_xt, s_ty: Entropies in bits, of one variable and of two.
            sigma_t, sigma_x: Widths of the kernels; with several channels the mean.
        """
        return self.estimate_after(t, probe, rng, None)[0]

    def estimate_after(
        self,
        t: Activity | Rows,
        probe: Probe,
        rng: np.random.Generator | None,
        before: Sequence[float] | None,
    ) -> tuple[Estimate, list[float]]:
        """Return the estimate and the layer's widths, one a channel, given those of the epoch before."""
        rows = as_rows(t, probe.samples)
        x = None if probe.x is None else as_rows(probe.x, probe.samples).to(rows.device)
        y, classes = probe.y, probe.classes
        targets = None if y is None or classes is not None else as_rows(y, probe.samples).to(rows.device)
        warnings: list[str] = []
        known: dict[_Key, _Side] = {}  # other rows each time
        if probe.samples > self.samples:
            taken = self._draw(probe.samples, rng)
            rows, x, targets = rows[taken], None if x is None else x[taken], _taken(targets, taken)
            classes = None if classes is None else classes[taken]
            warnings.append("dropped-points")
        else:
            known = _KNOWN.setdefault(probe, {})
        labels = self._labels(known, rows.device, classes, targets)
        if classes is not None and len(np.unique(classes)) == 1 < len(rows):
            warnings.append("one-class")
        layer, widths = self._layer(t, rows, None if labels is None else labels.kernel, before)
        s_t = entropy(layer, self.alpha)
        extras = {"s_t": s_t, "sigma_t": float(np.mean(widths))}
        i_xt = 0.0 if float(layer.min()) == 1.0 else None  # all rows are equal
        shares = [s_t]
        if x is not None:
            inputs = self._side(known, "input", x)
            s_xt = entropy(inputs.kernel * layer, self.alpha)
            extras |= {"sigma_x": inputs.sigma, "s_x": inputs.entropy, "s_xt": s_xt}
            i_xt = s_t + inputs.entropy - s_xt
            shares.append(inputs.entropy)
        i_ty = None
        if labels is not None:
            s_ty = entropy(labels.kernel * layer, self.alpha, labels.members)
            extras |= {"s_y": labels.entropy, "s_ty": s_ty}
            i_ty = s_t + labels.entropy - s_ty
        if len(rows) > 1 and max(shares) > SATURATED * math.log2(len(rows)):
            warnings.append("saturated")
        if len(rows) > 1 and min(shares) < COLLAPSED * math.log2(len(rows)):
            warnings.append("collapsed")
        found = Estimate(i_xt=i_xt, i_ty=i_ty, extras=extras, warnings=tuple(sorted(warnings)))
        return found, widths

    def _labels(
        self,
        known: dict[_Key, _Side],
        device: torch.device,
        classes: Int[np.ndarray, " samples"] | None,
        targets: Shaped[torch.Tensor, "samples _"] | None,
    ) -> _Side | None:
        """Return what is to be known of the labels; the kernel of classes is 1 where they are equal."""
        if classes is None:
            return None if targets is None else self._side(known, "target", targets)
        key = self._key("target", device)
        if key not in known:
            number = torch.as_tensor(classes, device=device)
            kernel = (number[:, None] == number).double()
            members = [classes == each for each in np.unique(classes)]
            known[key] = _Side(kernel, entropy(kernel, self.alpha, members), math.nan, members)
        return known[key]

    def _side(
        self, known: dict[_Key, _Side], role: Role, rows: Shaped[torch.Tensor, "samples units"]
    ) -> _Side:
        """Return what is to be known of inputs or real targets, reckoned once for all layers and epochs."""
        key = self._key(role, rows.device)
        if key not in known:
            exponents, sigma = self.width.kernel(rows, role)
            kernel = exponents.exp_()
            known[key] = _Side(kernel, entropy(kernel, self.alpha), sigma)
        return known[key]

    def _key(self, role: Role, device: torch.device) -> _Key:
        return self.alpha, self.width, role, str(device)

    def _draw(self, samples: int, rng: np.random.Generator | None) -> np.ndarray:
        if rng is None:
            raise UserError(
                f"renyi draws {self.samples} of the probe's {samples} rows and needs a source of "
                f"randomness: pass `rng`, or raise `samples` (time grows with its cube)"
            )
        return np.sort(rng.choice(samples, self.samples, replace=False))

    def _layer(
        self,
        t: Activity | Rows,
        rows: Shaped[torch.Tensor, "samples units"],
        labels: Square | None,
        before: Sequence[float] | None,
    ) -> tuple[Square, list[float]]:
        """Kernel matrix of the layer, and its widths: of all units, or multiplied over channels."""
        count = _count_channels(t) if self.channels == "multivariate" else 1
        olds: Sequence[float | None] = before or [None] * count
        if count > 1:
            product = self.width.product(rows, count, "layer")
            if product is not None:
                return product[0].exp_(), [product[1]]
        total, widths = None, []
        for part, old in zip(rows.chunk(count, dim=1), olds, strict=True):
            exponents, width = self.width.kernel(part, "layer", labels, old)
            total = exponents if total is None else total.add_(exponents)
            widths.append(width)
        assert total is not None, "a layer has at least one channel"
        return total.exp_(), widths

    def why_not_in(self, view: str) -> str | None:
        """Only the multivariate form wants channels apart, and it wants nothing else."""
        if self.channels == "together":
            return super().why_not_in(view)
        wanted = f'{self.label} relates the channels of a layer to each other: set view to "multivariate"'
        return None if view == "multivariate" else wanted

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes of a few matrices of all pairs, and of a copy of the activity."""
        taken = min(samples, self.samples)
        return 8 * (8 * taken * taken + samples * units + 8 * BLOCK)


@final
class _Smoothed(Session):
    """Remembers a layer's widths from one measured epoch to the next."""

    def __init__(self, renyi: Renyi, probe: Probe, rng: np.random.Generator | None) -> None:
        self._renyi, self._probe, self._rng = renyi, probe, rng
        self._widths: list[float] | None = None
        self._found: list[Dated] = []

    def add(self, activity: Activity) -> None:
        """Estimate with a width between the last one and this epoch's own."""
        found, self._widths = self._renyi.estimate_after(activity, self._probe, self._rng, self._widths)
        self._found.append(Dated(activity.epoch, activity.layer, found))

    def finish(self) -> list[Dated]:
        """Return all that was found."""
        return list(self._found)


def entropy(
    kernel: Square, alpha: float, members: Sequence[Bool[np.ndarray, " samples"]] | None = None
) -> float:
    """Return S of kernel / n in bits; the kernel's diagonal is 1.

    Order 2 needs no eigenvalues: their squares add up to the sum of squares of all entries. Near 1 the
    logarithm of the sum is log1p(sum lambda expm1((alpha - 1) ln lambda)), which loses no digits.

    Args:
        kernel: Of all pairs of rows.
        alpha: The order.
        members: Rows of each class, where the kernel is 0 between rows of different ones: its eigenvalues
            are those of its blocks, with ten classes a hundredth of the work.

    Source:
        Sánchez Giraldo, Rao & Príncipe (2015), eq. 7; alpha = 1 is its limit.
    """
    n = len(kernel)
    if alpha == 2:
        return 2 * math.log2(n) - math.log2(float(kernel.square().sum()))
    blocks = [kernel] if members is None else [_block(kernel, rows) for rows in members]
    raw = torch.cat([torch.linalg.eigvalsh(block) for block in blocks]).clamp(min=0)
    found = raw[raw > 0] / raw.sum()
    logs = found.log()
    if alpha == 1:
        nats = -float((found * logs).sum())
    elif abs(alpha - 1) < NEAR_ONE:
        nats = math.log1p(float((found * torch.expm1((alpha - 1) * logs)).sum())) / (1 - alpha)
    else:
        nats = float(torch.logsumexp(alpha * logs, dim=0)) / (1 - alpha)
    return nats / math.log(2.0)


def _block(kernel: Square, rows: Bool[np.ndarray, " samples"]) -> Float[torch.Tensor, "members members"]:
    taken = torch.as_tensor(np.flatnonzero(rows), device=kernel.device)
    return kernel[taken[:, None], taken]


def _count_channels(t: Activity | Rows) -> int:
    """Length of the second axis of a layer with channels; any other layer is one channel."""
    values = t.values if isinstance(t, Activity) else t
    shape = tuple(values.shape) if hasattr(values, "shape") else np.shape(values)
    return int(shape[1]) if len(shape) > 2 and shape[1] > 0 else 1


def _taken(rows: torch.Tensor | None, taken: np.ndarray) -> torch.Tensor | None:
    return None if rows is None else rows[taken]
