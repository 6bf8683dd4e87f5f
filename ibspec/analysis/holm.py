"""Several tests at once."""

import numpy as np
from jaxtyping import Float


def holm(chances: Float[np.ndarray, " tests"]) -> Float[np.ndarray, " tests"]:
    """Return p-values made larger so that, of all tests together, 5 % below 0.05 are false at most.

    Source:
        Holm (1979), Scandinavian Journal of Statistics 6, section 3.
    """
    numbers = np.asarray(chances, dtype=np.float64)
    order = np.argsort(numbers)
    raised = np.maximum.accumulate(numbers[order] * np.arange(len(numbers), 0, -1)).clip(max=1.0)
    found = np.empty_like(numbers)
    found[order] = raised
    return found
