"""The bounds, as functions of scores.

With s the score of a pair, E_p the mean over pairs drawn together and E_q over the product of the margins,
every bound is computed from two numbers a row i: `own`, the score with its partner, and `others`, the log of
the mean of e^s over its candidates. All are 0 where all scores are.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, TypeAlias, final

import torch
from jaxtyping import Float32, Float64

Raised: TypeAlias = Float32[torch.Tensor, "restarts rows others"]
"""Scores plus the log of each candidate's share."""

Rows: TypeAlias = Float64[torch.Tensor, "restarts rows"]

MOST_NATS: Final = 20.0
"""Beyond this a candidate pulls no harder: e^20 squared still fits into float32. No value is cut."""


class Objective(ABC):
    """A bound in nats, to be made large."""

    with_partner: bool
    """Whether a row's own partner is among its candidates, as InfoNCE has it."""

    @abstractmethod
    def value(self, own: Rows, others: Rows) -> Float64[torch.Tensor, " restarts"]:
        """The bound in nats."""

    @abstractmethod
    def weigher(self) -> Callable[[Raised], Raised]:
        """Return, for one training, how hard candidates are pushed down; a row's partner is pulled by 1."""


@final
class OneAmongMany(Objective):
    """InfoNCE: E_p[s - ln mean e^s], the mean over the batch with the partner in it."""

    with_partner = True

    def value(self, own: Rows, others: Rows) -> Float64[torch.Tensor, " restarts"]:
        """At most the log of the number of candidates (of classes: H(Y))."""
        return (own - others).mean(dim=1)

    def weigher(self) -> Callable[[Raised], Raised]:
        """By their share of the sum."""
        return lambda raised: raised.softmax(dim=2)


@final
class ShiftedRatio(Objective):
    """NWJ: 1 + E_p s - E_q e^s, which is 1 + E_p(f - 1) - E_q e^(f - 1) with f = 1 + s."""

    with_partner = False

    def value(self, own: Rows, others: Rows) -> Float64[torch.Tensor, " restarts"]:
        """Unbiased for each critic."""
        return 1.0 + own.mean(dim=1) - others.exp().mean(dim=1)

    def weigher(self) -> Callable[[Raised], Raised]:
        """By e^s."""
        return lambda raised: raised.clamp(max=MOST_NATS).exp()


@final
class DonskerVaradhan(Objective):
    """E_p s - ln E_q e^s, trained with a running mean of e^s in the denominator of the gradient."""

    with_partner = False

    def __init__(self, averaging: float) -> None:
        self._averaging = averaging

    def value(self, own: Rows, others: Rows) -> Float64[torch.Tensor, " restarts"]:
        """The log is taken of the mean over all rows, and is too small on average (Jensen)."""
        return own.mean(dim=1) - (others.logsumexp(dim=1) - math.log(others.shape[1]))

    def weigher(self) -> Callable[[Raised], Raised]:
        """By e^s over its running mean; the first batch starts the mean."""
        running: torch.Tensor | None = None

        def weigh(raised: Raised) -> Raised:
            nonlocal running
            # Over the last axis first: sums of long rows could be split among threads.
            mean = raised.logsumexp(dim=2).logsumexp(dim=1) - math.log(raised.shape[1])
            if running is None or self._averaging == 0:
                running = mean
            else:
                kept, new = math.log(self._averaging), math.log1p(-self._averaging)
                running = torch.logaddexp(running + kept, mean + new)
            return (raised - running[:, None, None]).clamp(max=MOST_NATS).exp()

        return weigh
