"""Information from telling each row's partner among those of its batch: InfoNCE."""

import math
from typing import Literal, final

from ibspec.estimators.variational import Objective, OneAmongMany, Variational


@final
class InfoNce(Variational):
    """Bound I(X;T) and I(T;Y) in bits from below by how well a trained critic finds each row's partner.

    For a critic s, E[ln e^s(x,t) - ln mean e^s(x,t')], t' all `batch` activities of the batch with t among
    them, is at most I(X;T), and at most log2 `batch` bits whatever the critic is (`saturated` within 0.1 bits
    of it). The number is that value on rows on which the critic was neither trained nor chosen, averaged over
    `restarts` with splits of their own: in the population a lower bound, on one sample a lower bound give or
    take its error, so there are no proven bounds beside it. Near 0 it may be negative.

    How near it comes depends on critic and sample. Even the best critic shows less than I: by about
    E_p[p/q - 1] / (2 `batch`) nats, 0.04 bits for 2 bits in five normal pairs and a batch of 256. Trained on
    three quarters of 10,000 rows it shows 1.94 there, but 1.9 of 3 bits in twenty normal pairs, and of 5 bits
    in five pairs 4.3 (3.5 on 1,000 rows). For a deterministic layer on continuous inputs I(X;T) is infinite,
    and the number is about critic and batch.

    X and T are read as real numbers and standardised column by column; constant columns are left out. No
    density is needed: discrete inputs, atoms and equal values are legitimate. But where whole rows of X and
    T occur twice (`ties`), copies may stand on both sides of the split, and what was learnt by heart counts.

    For classes the critic has one score for each, and the mean is over *all* classes with their shares in
    the probe instead of those of a batch: the limit of a large batch. That is H(Y) less the held-out
    cross-entropy of a softmax classifier, a lower bound as well (`label-ceiling` within 0.01 bits of H(Y)).

    Attributes:
        batch: Rows compared with one another; a probe needs three batches.
        steps, learning_rate, weight_decay: Of Adam, its rate falling linearly to 0.
        restarts: Critics trained side by side.
        held_out: Share of rows to judge by, in whole batches, two or more (`few-samples` where that is
            more than a batch above the share asked for).
        critic: `separable`, g(x) . h(t), or `joint`, one net for each pair, which is far slower.

    Source:
        van den Oord, Li & Vinyals (2018), arXiv:1807.03748, eq. 4 and I >= log N - L, the mean over all N
        candidates as here; Poole et al. (2019), arXiv:1905.06922, their I_NCE. For classes: Barber & Agakov
        (2003), I_BA of Poole et al.
    """

    kind: Literal["info-nce"] = "info-nce"

    def _objective(self) -> Objective:
        return OneAmongMany()

    def _ceiling(self, held: int) -> float:
        return math.log(self.batch)
