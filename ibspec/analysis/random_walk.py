"""What a path would do if its steps were drawn by chance."""

import numpy as np
from jaxtyping import Float

Path = Float[np.ndarray, "moments parameters"]

BLOCK = 2**16
"""Parameters drawn together, in double precision."""


def random_walk(path: Path, rng: np.random.Generator) -> Path:
    """Return a walk from the path's first moment, with normal steps of the same covariance and mean zero.

    Steps are independent of one another: where those of the path are pulled back, the walk spreads farther,
    and where they follow a drift, less far. The covariance is that of the steps about their mean, divided by
    their number; it is never formed, so that many parameters cost no more than the path itself.

    Args:
        path: Weights at successive moments, float64 or float32; the walk is of the same type.
        rng: Draws the steps.
    """
    factors = rng.standard_normal((len(path) - 1, len(path) - 1)) / np.sqrt(len(path) - 1)
    walk = np.empty_like(path)
    for start in range(0, path.shape[1], BLOCK):
        columns = np.asarray(path[:, start : start + BLOCK], dtype=np.float64)
        steps = np.diff(columns, axis=0)
        # A sum of the centred steps with independent normal factors has their covariance.
        drawn = factors @ (steps - steps.mean(axis=0))
        walk[0, start : start + BLOCK] = columns[0]
        walk[1:, start : start + BLOCK] = columns[0] + np.cumsum(drawn, axis=0)
    return walk
