"""The information-bottleneck curve of a probe whose labels are no function of the input."""

from typing import Final

import numpy as np

from ibspec.analysis import bottleneck_curve
from ibspec.core import Probe

ROUNDING: Final = 1e-9
"""Bits by which H(Y) and I(X;Y) may differ where Y is a function of X."""


def label_bottleneck(probe: Probe) -> dict[str, list[float]] | None:
    """Return the corners of the curve in bits, `i_xt` and `i_ty`.

    None where Y is a function of X, so that the curve is min(x, H(Y)); without class labels; and where inputs
    have too many different laws of the label.
    """
    if probe.classes is None or probe.h_y is None or probe.i_xy is None or probe.h_y - probe.i_xy <= ROUNDING:
        return None
    inputs, codes = np.unique(probe.ids, return_inverse=True)
    joint = np.zeros((len(inputs), int(probe.classes.max()) + 1))
    np.add.at(joint, (codes, probe.classes), 1 / probe.samples)
    try:
        curve = bottleneck_curve(joint)
    except ValueError:
        return None
    return {"i_xt": curve.i_xt.tolist(), "i_ty": curve.i_ty.tolist()}
