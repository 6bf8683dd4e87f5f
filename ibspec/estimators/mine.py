"""Information from the bound of Donsker and Varadhan: MINE."""

from typing import Literal, final

from pydantic import Field

from ibspec.estimators.variational import DonskerVaradhan, Objective, Variational


@final
class Mine(Variational):
    """Estimate I(X;T) and I(T;Y) in bits by the bound of Donsker and Varadhan with a trained critic.

    E_p[s] - ln E_q[e^s], with E_p the mean over rows and E_q that over pairs of different rows of a batch, on
    rows on which the critic s was neither trained nor chosen, averaged over `restarts` with splits of their
    own. With exact means it would be a lower bound. It is *none* here: the logarithm of a sample's mean is
    too small on average (Jensen), so the value is too large, by little while e^s varies little, without limit
    where rare pairs rule the mean. A value above log2 of the number of rows held out is not credible
    (`saturated`, within 0.1 bits). Prefer `InfoNce` or `Nwj` where a bound is wanted.

    The gradient of the logarithm of a batch's mean is biased; its denominator is a running mean over the
    batches so far. The value has no running mean in it: its logarithm is of the mean over a half of the rows
    held out.

    X, T, repeated rows and the parameters are as `InfoNce` says. For classes the critic has one score for
    each, and E_q is exact over the classes with their shares in the probe; `label-ceiling` within 0.01 bits
    of H(Y).

    Attributes:
        batch: Rows compared with one another; a probe needs three batches.
        steps, learning_rate, weight_decay: Of Adam, its rate falling linearly to 0.
        restarts: Critics trained side by side.
        held_out: Share of rows to judge by, in whole batches, two or more.
        critic: `separable`, g(x) . h(t), or `joint`, one net for each pair, which is far slower.
        averaging: Weight of the past in the running mean; 0 is the biased gradient.

    Source:
        Belghazi et al. (2018), arXiv:1801.04062, §3.2 (the running mean); Donsker & Varadhan (1983).
    """

    kind: Literal["mine"] = "mine"
    averaging: float = Field(
        default=0.9, ge=0, lt=1, description="Weight of the past in the running mean of the gradient."
    )

    def _objective(self) -> Objective:
        return DonskerVaradhan(self.averaging)
