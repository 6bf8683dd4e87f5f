"""What all variational estimators are: a critic, its training, and a bound on rows held out."""

import math
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Final, final

import numpy as np
import torch
from pydantic import Field

from ibspec.core import (
    Activity,
    ActivityError,
    Estimate,
    Probe,
    Rows,
    SampleSizeError,
    UserError,
    as_rows,
    bits,
    spell,
)
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.neighbours import Columns, columns_of, inputs_of, targets_of
from ibspec.estimators.variational.architecture import Architecture, Joint, Separable
from ibspec.estimators.variational.critics import Critic, OfClasses
from ibspec.estimators.variational.networks import Network
from ibspec.estimators.variational.objectives import Objective
from ibspec.estimators.variational.sample import labelled, pairs_of
from ibspec.estimators.variational.training import MIN_BLOCKS, Course, held_batches, train

SATURATED_BITS: Final = 0.1
"""An average over pairs this close to its ceiling: almost every row is told from all others of its batch."""

LABELS_KNOWN_BITS: Final = 0.01
"""I(T;Y) this close to H(Y): hardly a held-out row is not recognised."""

REPEATED_SHARE: Final = 0.01
"""A larger share of rows with an equal is said: copies may stand on both sides of the split."""


class Variational(Estimator):
    """Trains critics on standardised columns and returns a bound on rows that were held out."""

    batch: int = Field(
        default=256, ge=2, description="Rows compared with one another, in training and after."
    )
    steps: int = Field(default=1000, ge=1, description="Batches that each critic is trained on.")
    learning_rate: float = Field(
        default=0.01, gt=0, description="First step size of Adam; it falls linearly to 0."
    )
    weight_decay: float = Field(
        default=0.2, ge=0, description="Share of a parameter that decays in a step, over the step size."
    )
    restarts: int = Field(default=5, ge=1, description="Critics, each with its own split; averaged.")
    held_out: float = Field(
        default=0.25, gt=0, lt=1, description="Share of the rows that critics are judged on, not trained on."
    )
    critic: Architecture = Field(
        default=Separable(), description="Two nets and a dot product, or one net for each pair."
    )

    @abstractmethod
    def _objective(self) -> Objective:
        """The bound that is trained and reported."""

    def _ceiling(self, held: int) -> float:
        """Nats that a value from `held` rows cannot pass, or not credibly; for classes it is H(Y)."""
        return math.log(held)

    @property
    def label(self) -> str:
        """The kind, the batch, and what differs from the defaults."""
        names = {"learning_rate": "lr", "weight_decay": "decay", "held_out": "held"}
        own = type(self).model_fields
        parts = [f"batch {self.batch}"]
        for name, about in own.items():
            value = getattr(self, name)
            if name in ("kind", "batch", "critic") or value == about.default:
                continue
            said = names.get(name, name)
            parts.append(f"{value} {said}" if isinstance(value, int) else f"{said} {spell(value)}")
        if self.critic != own["critic"].default:
            parts.append(self.critic.label)
        return f"{own['kind'].default}({', '.join(parts)})"

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Train and judge critics; see the class for what the numbers mean.

        Extras:
            i_xt_ceiling, i_ty_ceiling: Bits above which no value can come, or none is credible.
            i_xt_spread, i_ty_spread: Standard deviation over restarts.
            i_xt_step, i_ty_step: Step at which held-out rows liked critics best; far below `steps`, the
                critics began to learn single rows by heart.
            ties: Share of rows with an equal in X and T.

        Raises:
            UserError: There is no `rng`.
            SampleSizeError: There are fewer rows than three batches.
            ActivityError: Critics diverged.
        """
        device = as_rows(t, probe.samples).device
        layer = columns_of(t, probe, standardise=True)
        kind = str(type(self).model_fields["kind"].default)
        if probe.samples < MIN_BLOCKS * self.batch:
            raise SampleSizeError(
                f"{kind} trains on one batch and holds out two, or more: got {probe.samples} samples with "
                f"batch={self.batch}. Enlarge `probe.size` or lower `batch`"
            )
        if rng is None:
            raise UserError(f"{kind} draws random numbers: pass `rng`")
        seeds = rng.integers(2**63, size=2).tolist()  # I(T;Y) must not depend on whether there are inputs
        x, y = inputs_of(probe, standardise=True), targets_of(probe, standardise=True)
        found: dict[str, _Finding] = {}
        if x is not None or layer.width == 0:
            found["i_xt"] = self._between(x, layer, seeds[0], device)
        if probe.classes is not None:
            found["i_ty"] = self._on_classes(layer, probe.classes, seeds[1], device)
        elif y is not None:
            found["i_ty"] = self._between(y, layer, seeds[1], device)
        return _estimate(found)

    def _between(self, x: Columns | None, t: Columns, seed: int, device: torch.device) -> "_Finding":
        """Information of two real-valued variables."""
        if x is None or x.width == 0 or t.width == 0:
            return _Finding(0.0, codes=frozenset({"collapsed"}))
        pairs = pairs_of(x.rows, t.rows, device)
        found = self._trained(self.critic.critic(pairs.x, pairs.t), len(pairs.t), seed, device)
        ceiling = self._ceiling(self._held(len(pairs.t)) * self.batch)
        codes = {
            "saturated": found.nats > ceiling - SATURATED_BITS * math.log(2.0),
            "ties": pairs.repeated > REPEATED_SHARE,
        }
        extras = found.extras | {"ceiling": bits(ceiling)}
        return _Finding(found.nats, extras, found.codes | _said(codes), repeated=pairs.repeated)

    def _on_classes(self, t: Columns, classes: np.ndarray, seed: int, device: torch.device) -> "_Finding":
        """Information of a real-valued variable and a class."""
        shares = np.bincount(classes) / len(classes)
        if t.width == 0 or len(shares) == 1:
            return _Finding(0.0, codes=frozenset({"one-class" if t.width else "collapsed"}))
        rows, numbers = labelled(t.rows, classes, device)
        critic = OfClasses(rows, numbers, Network((t.width, *self.critic.hidden, len(shares))))
        found = self._trained(critic, len(rows), seed, device)
        ceiling = -float(shares @ np.log(shares))
        codes = _said({"label-ceiling": found.nats > ceiling - LABELS_KNOWN_BITS * math.log(2.0)})
        return _Finding(found.nats, found.extras | {"ceiling": bits(ceiling)}, found.codes | codes)

    def _trained(self, critic: Critic, samples: int, seed: int, device: torch.device) -> "_Finding":
        held = self._held(samples)
        course = Course(self.batch, self.steps, self.learning_rate, self.weight_decay, self.restarts, held)
        rng = np.random.default_rng(seed)
        trained = train(critic, self._objective(), samples, course, rng, device)
        if not np.isfinite(trained.nats).all():
            raise ActivityError(
                "critics that did well on one half of the rows held out have no finite value on the other. "
                "Enlarge `probe.size` or lower `learning_rate`"
            )
        extras = {"step": trained.step}
        if self.restarts > 1:
            extras["spread"] = bits(float(trained.nats.std(ddof=1)))
        few = held * self.batch > self.held_out * samples + self.batch
        return _Finding(float(trained.nats.mean()), extras, _said({"few-samples": few}))

    def _held(self, samples: int) -> int:
        return held_batches(samples, self.batch, self.held_out)

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes of copies of the rows, of the scores of a batch, and of parameters."""
        wide = self.critic.hidden[0] if isinstance(self.critic, Joint) else 1
        scores = 8 * 4 * self.restarts * self.batch**2 * (wide + 1)
        net = 4 * 8 * self.restarts * sum(self.critic.hidden) * (units + 1 + sum(self.critic.hidden))
        return 8 * samples * (4 * units + 6 * self.restarts) + scores + net


@final
@dataclass(frozen=True)
class _Finding:
    """One information, and what is said with it; `extras` without the prefix."""

    nats: float
    extras: dict[str, float] = field(default_factory=dict)
    codes: frozenset[str] = frozenset()
    repeated: float = 0.0


def _said(codes: dict[str, bool]) -> frozenset[str]:
    return frozenset(code for code, applies in codes.items() if applies)


def _estimate(found: dict[str, _Finding]) -> Estimate:
    extras = {f"{name}_{key}": v for name, finding in found.items() for key, v in finding.extras.items()}
    repeated = max((finding.repeated for finding in found.values()), default=0.0)
    if repeated > 0:
        extras["ties"] = repeated
    numbers = {name: bits(finding.nats) for name, finding in found.items()}
    codes = frozenset[str]().union(*(finding.codes for finding in found.values()))
    return Estimate(
        i_xt=numbers.get("i_xt"), i_ty=numbers.get("i_ty"), extras=extras, warnings=tuple(sorted(codes))
    )
