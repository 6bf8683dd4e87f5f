"""Information with the parameters of the net unknown: activities of several nets, as if drawn at random."""

from typing import Annotated, Any, Literal, final

import numpy as np
from pydantic import Field, model_validator

from ibspec.core import Activity, Estimate, Probe, Rows
from ibspec.estimators.binning import Binning
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.kde import Kde
from ibspec.estimators.plug_in import counting_memory
from ibspec.estimators.pooled_cells import DIGEST, CellPool, QuantilePool
from ibspec.estimators.pooled_kernels import KernelPool
from ibspec.estimators.pooling import Pool
from ibspec.estimators.quantiles import Quantiles
from ibspec.estimators.session import Reach, Session
from ibspec.estimators.window_sessions import Gathered, Sliding

Under = Annotated[Binning | Kde, Field(discriminator="kind")]
"""What can measure several activities as one."""

REACH: dict[str, Reach] = {"epochs": "layer", "steps": "steps", "replicas": "replicas"}


@final
class AsIfRandom(Estimator):
    """Measure I(X;T) and I(T;Y) in bits with T drawn from K nets, and nobody told which: "As-If-Random".

    The joint law has each row i of the probe and each net e of the window equally often, and T = the cell of
    F_e(x_i), with cells that are the same for all nets. I(X;T) = H(T) - H(T|X), each H(T|x) from the K values
    that x leads to, I(T;Y) = H(T) - H(T|Y). With kernels underneath, T is the layer plus noise, H(T) the
    entropy of the mixture of all N K points, and H(T|x) that of K; see `pooled_kernels.bound_together`.

    From cells it never exceeds the mean of what the nets say one by one (`i_xt_single_mean`), and the gap
    `i_xe_given_t` is I(X;E|T), what knowing the net would add: at most log2 K. So a lower number than that
    of a single epoch is a theorem, not compression; nor is a fall that a random walk of the parameters
    would show too. Layers need not be in order, and a longer window may raise the number.

    For the window itself the number from cells is exact. For a law behind it, of which the nets are draws,
    H(T|x) is too low and I(X;T) too high: by `i_xt_bias` = mean (m - 1) / (2 K ln 2), m the values that an
    input was seen to take, where K is five times the largest m or more. Elsewhere no number can be
    given, and the estimate carries `few-samples`. Draws that follow each other in training are fewer than
    they look.

    Attributes:
        under: What tells values of T apart: `binning`, whose cells must not move (quantiles only with edges
            shared by all that is pooled), or `kde`.
        over: `epochs`: the last K measured epochs of a net, as they come. `steps`: at each measured epoch K
            nets, each one step of plain descent on a fresh batch away from it. `replicas`: at each measured
            epoch the nets of all replicas.
        window: K. Over replicas it is their number, and left out.
        windows: Over epochs: the `last` K alone, or `all` runs of K, each at its last epoch.

    Source:
        grabauskas-2019 §3.4 and appendix A (`replicas`), grabauskas-2019-draft-a §0.2.6, §0.2.10 and Figure 3
        (`steps`). None defines the number; the definition is ours.
    """

    kind: Literal["as-if-random"] = "as-if-random"
    under: Under
    over: Literal["epochs", "steps", "replicas"] = Field(
        default="epochs", description="What the nets of a window are: epochs, single steps, or replicas."
    )
    window: int | None = Field(default=None, ge=1, le=1_000_000, description="Nets in a window.")
    windows: Literal["last", "all"] = Field(
        default="last", description="Over epochs: the last window alone, or one that ends at each epoch."
    )

    @model_validator(mode="after")
    def _parts_fit(self) -> "AsIfRandom":
        if (self.window is None) != (self.over == "replicas"):
            wanted = (
                "over replicas the window is all of them: leave `window` out, and set `training.replicas`"
                if self.over == "replicas"
                else f"over {self.over} a `window` is wanted: how many of them count as one"
            )
            raise ValueError(wanted)
        if self.windows == "all" and self.over != "epochs":
            raise ValueError(f'over {self.over} there is one window an epoch: leave `windows` at "last"')
        cells = self.under.cells if isinstance(self.under, Binning) else None
        if isinstance(cells, Quantiles):
            over = "training" if self.over == "epochs" else "epoch"
            if cells.over != over or cells.per == "global":
                raise ValueError(
                    f'over {self.over}, quantiles need "over": "{over}" and "per": "layer" or "unit": edges '
                    "must be the same for all that is pooled"
                )
        return self

    @property
    def label(self) -> str:
        """`as-if-random(estimator, window)`."""
        every = ", all windows" if self.windows == "all" else ""
        count = "" if self.window is None else f"{self.window} "
        return f"as-if-random({self.under.label}, {count}{self.over}{every})"

    @property
    def reach(self) -> Reach:
        """What must have been seen: all measured epochs, or several nets at each."""
        return REACH[self.over]

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Measure a window of one activity, which says what the estimator underneath says.

        Extras:
            window, log2_window: K, and what the gap cannot exceed.
            i_xt_single_mean, i_ty_single_mean: Mean over the nets, each measured alone.
            i_xe_given_t, i_ye_given_t: These less the headlines.
            distinct_given_x, most_distinct_given_x: Values that an input takes: mean and largest. Under `kde`
                the values that noise tells apart, 2 to the upper bound on I(E;T|x).
            i_xt_bias: See the class; only from cells, and only where K is large enough.
            h_t_given_x, i_relevant_t, i_irrelevant_t_given_relevant: As of `binning`.

        A run adds, over epochs, to the last window of eight epochs or more and to those before it that share
        no epoch with one another:
            relative_step, displacement_exponent with _low and _high, dependent_steps, lag_one_correlation:
                How all weights of the net moved in the window; see `ibspec.analysis.Wandering`. An exponent
                within 0.9 and 1.1 deserves to be called Brownian.
            null_i_xt, null_i_ty: The same window if the weights had walked at random from its first epoch,
                in steps of the same covariance. An estimate that is no lower shows no compression.
        """
        pool = self._pool(probe)
        return pool.estimate(pool.ready([pool.keep(t)]))

    def session(self, layer: str | None, probe: Probe, *, rng: np.random.Generator | None = None) -> Session:
        """Begin to look: at epochs in their order, or at all nets of one epoch, then those of the next."""
        pool = self._pool(probe)
        if self.over != "epochs":
            return Gathered(pool, self.window)
        assert self.window is not None
        return Sliding(
            pool,
            self.window,
            is_every=self.windows == "all",
            needs_all=isinstance(pool, QuantilePool),
        )

    def why_not_in(self, view: str) -> str | None:
        """As of the estimator underneath."""
        return self.under.why_not_in(view)

    def working_memory(self, samples: int, units: int) -> int:
        """As of the estimator underneath, and the names of cells."""
        return self.under.working_memory(samples, units) + (DIGEST + 8) * samples

    def why_too_few(self, *, epochs: int | None, replicas: int) -> str | None:
        """A window must fit into the run."""
        if self.over == "replicas" and replicas < 2:
            return f"takes all replicas together, and training.replicas is {replicas}: raise it"
        if self.over == "epochs" and epochs is not None and epochs < (self.window or 0):
            return f"wants {self.window} measured epochs, and the run has {epochs}: lower `window`"
        return None

    def answers(self, epochs: int, replicas: int) -> int:
        """One for each window."""
        if self.over == "replicas":
            return epochs
        if self.over == "steps":
            return epochs * replicas
        windows = max(0, epochs - (self.window or 0) + 1)
        return replicas * (windows if self.windows == "all" else min(1, windows))

    def tried_as(self, replicas: int) -> tuple[Estimator, float]:
        """The estimator underneath; a window of K takes as long as K of it, of pairs of rows as K squared."""
        window = self.window or replicas
        together = float(window**2 if self.under.pairwise else window)
        if self.over == "replicas":
            return self.under, together / window
        if self.over == "epochs" and self.windows == "last":
            # Seen once an epoch, and measured once; a walk of as many epochs beside it.
            return self.under, 2.0
        return self.under, together

    def held_memory(self, samples: int, units: int, epochs: int) -> int:
        """Return the bytes held of so many activities of a layer that are pooled, and of measuring them."""
        window = min(self.window or epochs, epochs)
        held = window if self.windows == "last" else epochs
        if isinstance(self.under, Kde):
            # A window lies there once more, all rows together, when it is measured.
            return 4 * samples * units * (held + window) + self.under.working_memory(samples * window, units)
        counting = counting_memory(samples * window, 0) + 150 * samples * window  # a dictionary of names
        if isinstance(self.under.cells, Quantiles):
            held = epochs
            counting += 3 * 4 * samples * units * held  # themselves, and sorted to find the edges
        return (DIGEST + 4) * samples * held + counting

    def _pool(self, probe: Probe) -> Pool[Any, Any]:
        if isinstance(self.under, Kde):
            return KernelPool(self.under.noise_variance, probe)
        if isinstance(self.under.cells, Quantiles):
            return QuantilePool(self.under.cells, probe)
        return CellPool(self.under.cells, probe)
