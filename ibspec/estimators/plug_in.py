"""Information of rows that fall into numbered cells."""

import numpy as np
from jaxtyping import Int

from ibspec.core import SATURATED_BITS, Estimate, Probe
from ibspec.estimators.cell_entropies import numbers_bits, numbers_bits_given

ROUNDING_BITS = 1e-9
"""Entropies are sums of a few thousand terms of size log2 N; rounding is about 1e-12."""


def plug_in(cell: Int[np.ndarray, " samples"], probe: Probe) -> Estimate:
    """Return I(X;T) = H(T) - H(T|X) and I(T;Y) = H(T) - H(T|Y) in bits of the empirical law, from counts.

    Where the probe knows the relevant parts R of its inputs, `extras` holds I(R;T) = H(T) - H(T|R) as
    `i_relevant_t`, and I(irrelevant;T|R) = H(T|R) - H(T|X) as `i_irrelevant_t_given_relevant`.

    Args:
        cell: The cell of each row of the probe: whole numbers 0, 1, ...
        probe: Inputs, told apart by `ids`, and classes.
    """
    h_t = numbers_bits(cell)
    h_t_given_x = numbers_bits_given(cell, probe.ids)
    warnings = []
    if probe.samples > 1 and probe.h_x - (h_t - h_t_given_x) < SATURATED_BITS < probe.h_x:
        warnings.append("saturated")
    if h_t_given_x > ROUNDING_BITS:
        warnings.append("stochastic")
    extras = {"h_t_given_x": h_t_given_x} if h_t_given_x > 0 else {}
    if probe.relevant_ids is not None:
        # The chain rule: I(X;T) is the sum of the two, as X determines its relevant part.
        h_t_given_relevant = numbers_bits_given(cell, probe.relevant_ids)
        extras |= {
            "i_relevant_t": h_t - h_t_given_relevant,
            "i_irrelevant_t_given_relevant": h_t_given_relevant - h_t_given_x,
        }
    classes = probe.classes
    return Estimate(
        i_xt=h_t - h_t_given_x,
        i_ty=None if classes is None else h_t - numbers_bits_given(cell, classes),
        h_t=h_t,
        extras=extras,
        warnings=tuple(sorted(warnings)),
    )


def counting_memory(samples: int, units: int) -> int:
    """Return the bytes that counting rows takes at most: one copy of them, and a table of the groups."""
    return samples * (8 * units + 64) + 2**20
