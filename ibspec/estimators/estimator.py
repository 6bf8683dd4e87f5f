"""The one contract of all estimators."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from ibspec.core import Activity, Estimate, Frozen, Probe, Rows


class Estimator(Frozen, ABC):
    """A way to turn a layer's activity into information.

    An estimator is a frozen value: its fields are its parameters, its `kind` names it in a spec.
    """

    pairwise: ClassVar[bool] = False
    """Whether time grows with the square of the number of samples (else about linearly)."""

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

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes needed beside the activity itself, roughly and from above."""
        return 4 * samples * units * 8
