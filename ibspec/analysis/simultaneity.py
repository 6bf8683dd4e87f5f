"""Whether three events of training happen together, over seeds."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Float

from ibspec.core.errors import SampleSizeError, ShapeError

Times = Float[np.ndarray, " seeds"]

SIMULTANEOUS: Final = 0.15
"""Decades between the first and the last event, at most: a factor of 1.4."""

LEAST: Final = 2
"""Seeds: with one there is nothing to permute."""

MANY: Final = 20
"""Seeds for a power of 0.9 where a clock common to the events is as spread as each event's own."""


@final
@dataclass(frozen=True)
class Simultaneity:
    """How close three events are, seed by seed.

    Attributes:
        mean_range: Decades from the first to the last event, mean over seeds.
        median_range: The same, median over seeds.
        chance: How likely a mean range so small is if events of different seeds belong together as well.
        seeds: With all three events.
        left_out: Seeds that lack one.
    """

    mean_range: float
    median_range: float
    chance: float
    seeds: int
    left_out: int

    @property
    def is_simultaneous(self) -> bool:
        """Whether the median range is below 0.15 decades."""
        return self.median_range < SIMULTANEOUS


def simultaneity(
    loss: Times, snr: Times, compression: Times, rng: np.random.Generator, *, permutations: int = 1999
) -> Simultaneity:
    """Test whether kink of the loss, drop of the SNR and onset of compression go together over seeds.

    Null hypothesis: the three times of a seed are independent of one another; the latter two are permuted
    among seeds. A clock that all seeds share leaves nothing to permute: the events may be simultaneous, and
    the test has no power. Spread the clock then, with several learning rates for instance. One layer at a
    time; correct for several with `holm`.

    Args:
        loss: Times above zero, in one unit for all three; NaN where a seed has no such event.
        snr: Likewise.
        compression: Likewise.
        rng: Permutes.
        permutations: Of the test; the chance is at least 1 / (permutations + 1).

    Raises:
        ShapeError: Different numbers of seeds, or a time that is not above zero.
        SampleSizeError: Fewer than two seeds with all three events.

    Source:
        A reading of candidate-8240R-2019 section 2.3.4 and Figure 4.
    """
    times = [np.asarray(each, dtype=np.float64) for each in (loss, snr, compression)]
    if len({each.shape for each in times}) > 1 or times[0].ndim != 1:
        raise ShapeError(f"three times a seed are wanted; got shapes {[each.shape for each in times]}")
    table = np.stack(times)
    whole = np.isfinite(table).all(axis=0)
    kept = table[:, whole]
    if (kept <= 0).any():
        raise ShapeError(
            f"log time needs times above zero; got {float(kept.min()):g}. Count steps or epochs from 1."
        )
    if kept.shape[1] < LEAST:
        raise SampleSizeError(
            f"simultaneity needs {LEAST} seeds or more with all three events; got {kept.shape[1]} of "
            f"{table.shape[1]}. Train more (`training.replicas`)."
        )
    logs = np.log10(kept)
    ranges = np.ptp(logs, axis=0)
    first = np.broadcast_to(logs[0], (permutations, logs.shape[1]))
    others = [rng.permuted(np.tile(row, (permutations, 1)), axis=1) for row in logs[1:]]
    permuted = np.ptp(np.stack([first, *others]), axis=0).mean(axis=1)
    # Permutations that change nothing must count, whatever the last bit of their mean is.
    as_small = int((permuted <= ranges.mean() * (1 + 1e-12)).sum())
    return Simultaneity(
        mean_range=float(ranges.mean()),
        median_range=float(np.median(ranges)),
        chance=(1 + as_small) / (permutations + 1),
        seeds=int(whole.sum()),
        left_out=int((~whole).sum()),
    )
