"""Information from a bound of Nguyen, Wainwright and Jordan."""

from typing import Literal, final

from ibspec.estimators.variational import Objective, ShiftedRatio, Variational


@final
class Nwj(Variational):
    """Bound I(X;T) and I(T;Y) in bits from below by a trained estimate of the density ratio.

    For a critic f, 1 + E_p[f - 1] - E_q[e^(f - 1)] is at most I(X;T), with E_p the mean over rows and E_q
    that over pairs of different rows of a batch; equal to it for f = 1 + ln p/q. The number is that value on
    rows on which the critic was neither trained nor chosen, averaged over `restarts` with splits of their
    own: in the population a lower bound, on one sample one give or take its error, so there are no proven
    bounds beside it. Near 0 it may be negative.

    There is no ceiling by construction, but the mean of e^f is ruled by rare pairs: its variance grows as
    e^I. A value above log2 of the number of rows held out is not credible (`saturated`, within 0.1 bits).
    For a deterministic layer on continuous inputs I(X;T) is infinite, and the number is about critic and N.

    X, T, repeated rows and the parameters are as `InfoNce` says. For classes the critic has one score for
    each, and E_q is exact over the classes with their shares in the probe; `label-ceiling` within 0.01 bits
    of H(Y).

    Attributes:
        batch: Rows compared with one another; a probe needs three batches.
        steps, learning_rate, weight_decay: Of Adam, its rate falling linearly to 0.
        restarts: Critics trained side by side.
        held_out: Share of rows to judge by, in whole batches, two or more.
        critic: `separable`, g(x) . h(t), or `joint`, one net for each pair, which is far slower.

    Source:
        Nguyen, Wainwright & Jordan (2010), IEEE Trans. Inf. Theory 56, 5847-5861; Poole et al. (2019),
        arXiv:1905.06922, the bound I_NWJ (E_p f - E_q e^f / e, the same). McAllester & Stratos (2020),
        arXiv:1811.04251: no lower bound that holds for all laws with high confidence exceeds O(ln N).
    """

    kind: Literal["nwj"] = "nwj"

    def _objective(self) -> Objective:
        return ShiftedRatio()
