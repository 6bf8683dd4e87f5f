"""What a path would do if its steps were drawn by chance."""

import numpy as np
from jaxtyping import Float

Path = Float[np.ndarray, "moments parameters"]


def random_walk(path: Path, rng: np.random.Generator) -> Path:
    """Return a walk from the path's first moment, with normal steps of the same covariance and mean zero.

    Steps are independent of one another: where those of the path are pulled back, the walk spreads farther,
    and where they follow a drift, less far. The covariance is that of the steps about their mean, divided by
    their number; it is never formed, so that many parameters cost no more than the path itself.

    Args:
        path: Weights at successive moments.
        rng: Draws the steps.
    """
    steps = np.diff(np.asarray(path, dtype=np.float64), axis=0)
    centred = steps - steps.mean(axis=0)
    # A sum of the centred steps with independent normal factors has their covariance.
    drawn = rng.standard_normal((len(steps), len(steps))) @ centred / np.sqrt(len(steps))
    return np.concatenate([path[:1], path[:1] + np.cumsum(drawn, axis=0)])
