"""Which rows of a table of measurements can be judged."""

import numpy as np
import pandas as pd

from ibspec.verify.comparisons import Numbers


def judged(rows: pd.DataFrame, *needed: str) -> pd.DataFrame:
    """Return the rows that are `ok` and have the numbers needed; an infinite number is one."""
    kept = rows[(rows["status"] == "ok").fillna(False).to_numpy(dtype=bool)]
    here = np.ones(len(kept), dtype=bool)
    for name in needed:
        here &= ~np.isnan(column(kept, name))
    found: pd.DataFrame = kept[here]
    return found


def column(rows: pd.DataFrame, name: str) -> Numbers:
    """Return a column as numbers; NaN where there is none."""
    if name not in rows:
        return np.full(len(rows), np.nan)
    values: Numbers = rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
    return values


def carries(rows: pd.DataFrame, code: str) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Say of each row whether it, or some of its channels, carries a warning."""
    wanted = {code, f"{code}-channels"}
    codes = rows["warnings"].fillna("").astype(str)
    return np.array([not wanted.isdisjoint(each.split()) for each in codes], dtype=bool)
