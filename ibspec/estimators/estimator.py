"""The one contract of all estimators."""

from abc import ABC, abstractmethod
from typing import ClassVar, final

import numpy as np

from ibspec.core import Activity, Estimate, Frozen, Probe, Rows
from ibspec.estimators.session import Dated, Reach, Session


class Estimator(Frozen, ABC):
    """A way to turn a layer's activity into information.

    An estimator is a frozen value: its fields are its parameters, its `kind` names it in a spec.
    """

    pairwise: ClassVar[bool] = False
    """Whether time grows with the square of the number of samples (else about linearly)."""

    @property
    def reach(self) -> Reach:
        """What must have been seen before there is an answer; most need the activity at hand only."""
        return "snapshot"

    @property
    @abstractmethod
    def label(self) -> str:
        """The name in tables and legends: the kind and the parameters that matter."""

    @abstractmethod
    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Estimate I(X;T) and I(T;Y) in bits.

        Args:
            t: Activity, (samples, ...); row i belongs to row i of the probe.
            probe: Inputs and labels.
            rng: Source of randomness; only the stochastic estimators need it.

        Raises:
            ShapeError: `t` does not have the probe's number of rows.
            ActivityError: `t` holds NaN or infinities.
        """

    def session(self, layer: str | None, probe: Probe, *, rng: np.random.Generator | None = None) -> Session:
        """Begin to look at a net in training; each activity by itself, if nothing is remembered.

        Args:
            layer: The layer whose activities will come; None where `reach` is `net`, and all layers' do.
            probe: Inputs and labels.
            rng: Source of randomness, for those that draw.
        """
        return _OneByOne(self, probe, rng)

    def why_not(self, *, has_codes: bool, sigma: float | None) -> str | None:
        """Return why every activity of a layer will be refused, as far as that is known before training.

        Args:
            has_codes: Whether the layer is quantised, and says its codes.
            sigma: Standard deviation of the noise that the layer itself adds, or None.
        """
        return None

    def why_too_few(self, *, epochs: int | None, replicas: int) -> str | None:
        """Return what more a run would have to measure for there to be any answer.

        Args:
            epochs: Measured epochs of each replica; None where only the run will tell.
            replicas: Nets trained.
        """
        return None

    def why_not_in(self, view: str) -> str | None:
        """Return why this cannot look at layers in a view, or None."""
        if view != "multivariate":
            return None
        return (
            f'view "multivariate" leaves channels apart, and {self.label} does not relate them: '
            'take renyi with "channels": "multivariate", or another view'
        )

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes needed beside the activity itself, roughly and from above."""
        return 4 * samples * units * 8

    def answers(self, epochs: int, replicas: int) -> int:
        """Return how many estimates of a layer a run makes in which everything can be measured.

        Args:
            epochs: Measured epochs of each replica.
            replicas: Nets trained.
        """
        return epochs * replicas

    def tried_as(self, replicas: int) -> tuple["Estimator", float]:
        """Return what says on one activity how long this takes, and how many times as long it takes.

        Args:
            replicas: Nets trained.
        """
        return self, 1.0

    def held_memory(self, samples: int, units: int, epochs: int) -> int:
        """Return the bytes that a session holds of so many epochs of a layer, or of all layers."""
        return 0


@final
class _OneByOne(Session):
    """A session that remembers nothing but its answers."""

    def __init__(self, estimator: Estimator, probe: Probe, rng: np.random.Generator | None) -> None:
        self._estimator, self._probe, self._rng = estimator, probe, rng
        self._found: list[Dated] = []

    def add(self, activity: Activity) -> None:
        """Estimate at once."""
        found = self._estimator.estimate(activity, self._probe, rng=self._rng)
        self._found.append(Dated(activity.epoch, activity.layer, found))

    def finish(self) -> list[Dated]:
        """Return all that was found."""
        return list(self._found)
