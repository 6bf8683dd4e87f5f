"""Rows of activity for claims about distances and cells: most of them different, some equal.

`strategies.real_rows` fills arrays with one value mostly, so that nearly all its rows are equal; there
every distance is 0 and a bound has nothing to break.
"""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from jaxtyping import Float

from verification.kernels import Rows


@st.composite
def spread_rows(
    draw: st.DrawFn, least: int = 1, most: int = 16, columns: int = 3, reach: float = 3.0
) -> Float[np.ndarray, "rows columns"]:
    """Rows in [-reach, reach]: chosen number by number, on a lattice, or normal; some perhaps repeated."""
    shape = draw(st.integers(least, most)), draw(st.integers(1, columns))
    how = draw(st.sampled_from(["chosen", "lattice", "normal"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if how == "chosen" and shape[0] <= 8:
        elements = st.floats(-reach, reach, allow_subnormal=False, width=32)
        rows = draw(npst.arrays(np.float64, shape, elements=elements, fill=st.nothing()))
    elif how == "lattice":
        rows = rng.integers(-draw(st.integers(1, 3)), 4, shape) * (reach / 3)
    else:
        scale = draw(st.sampled_from([0.03, 0.3, 1.0])) * reach
        rows = np.clip(scale * rng.standard_normal(shape), -reach, reach)
    return rows[rng.integers(0, len(rows), len(rows))] if draw(st.booleans()) else rows


@st.composite
def lattice_rows(draw: st.DrawFn, most: int = 24, columns: int = 3) -> Rows:
    """Rows of whole numbers from -1 to 2 at most: duplicates are common, differences too."""
    shape = draw(st.integers(1, most)), draw(st.integers(1, columns))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.integers(-1, draw(st.integers(0, 3)), shape).astype(np.float64)
