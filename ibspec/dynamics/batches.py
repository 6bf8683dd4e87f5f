"""Which of an epoch's batches are compared with one another."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int


def of_one_size(batches: Sequence[Int[np.ndarray, " rows"]]) -> list[Int[np.ndarray, " rows"]]:
    """Return the batches that have as many rows as the largest.

    The last batch of an epoch may be short. Its gradient is noisier than the others', and a mean over batches
    would count its rows too often (claim `loss.partition`); so it is left out, unless it is the only one.

    Raises:
        ValueError: There is no batch, or none has a row.
    """
    largest = max((len(batch) for batch in batches), default=0)
    if largest == 0:
        raise ValueError("wanted at least one batch with rows; got none")
    return [batch for batch in batches if len(batch) == largest]
