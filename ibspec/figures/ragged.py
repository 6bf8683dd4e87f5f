"""Replicas that were not measured at the same epochs, and means over them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ibspec.schedules import interpolate

IN_WORDS = "interpolated linearly between measured epochs"


def is_ragged(measured: pd.DataFrame) -> bool:
    """Whether a replica passed over an epoch, within its own first and last, at which another was measured.

    A replica that merely stops early passes over nothing.

    Args:
        measured: Columns `replica` and `epoch`, whatever came of the measurement.
    """
    pairs = measured[["replica", "epoch"]].drop_duplicates()
    if pairs.empty or pairs["replica"].nunique() < 2:
        return False
    union = np.unique(pairs["epoch"].to_numpy())
    ends = pairs.groupby("replica")["epoch"].agg(["min", "max", "size"])
    within = np.searchsorted(union, ends["max"], side="right") - np.searchsorted(union, ends["min"])
    return bool((within > ends["size"]).any())


def rows_between(measured: pd.DataFrame, numbers: Sequence[str], keys: Sequence[str]) -> pd.DataFrame:
    """Return rows for the epochs that a replica passed over and another one did not; often none.

    Each number lies on the line between the replica's own neighbouring measurements, and is NaN beside one
    that gave no number: an invalid measurement is not papered over.

    Args:
        measured: Columns `replica`, `epoch`, numbers (NaN where the measurement gave none) and keys.
        numbers: Columns to interpolate.
        keys: Columns that name a curve of a replica, such as its layer.
    """
    parts: list[pd.DataFrame] = []
    if is_ragged(measured):
        union = np.unique(measured["epoch"].to_numpy())
        for _, curve in measured.groupby(["replica", *keys], sort=True):
            own = curve.sort_values("epoch")
            epochs = own["epoch"].to_numpy(dtype=np.int64)
            passed = np.setdiff1d(union[(union > epochs[0]) & (union < epochs[-1])], epochs)
            lines = interpolate(epochs, own[list(numbers)].to_numpy(dtype=np.float64), passed)
            same = {key: own[key].iloc[0] for key in ("replica", *keys)}
            parts.append(pd.DataFrame(lines, columns=list(numbers)).assign(epoch=passed, **same))
    return pd.concat(parts, ignore_index=True) if parts else measured.iloc[:0]
