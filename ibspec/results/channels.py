"""A table that has channels apart, with each layer in one row."""

import json
from typing import Final

import numpy as np
import pandas as pd

from ibspec.results.measurement import COLUMNS

_CURVE: Final = ["replica", "epoch", "depth", "layer", "view", "estimator"]

_MEANT: Final = [name for name, kind in COLUMNS.items() if kind == "float64"]


def over_channels(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of measurements with the mean over a layer's channels in their place.

    What view `channels` finds becomes what view `mean` finds: numbers and bounds are averaged, a warning
    that every channel has stays, one that some have becomes `<code>-channels`, and where a channel could not
    be measured the layer was not, for the same reason. Other rows are left as they are.
    """
    if "channel" not in table or table["channel"].isna().all():
        return table
    table = table.reset_index(drop=True)
    apart = table[table["channel"].notna()]
    group = apart.groupby(_CURVE, sort=False, observed=True).ngroup().to_numpy()
    order = np.argsort(group, kind="stable")
    apart, group = apart.iloc[order], group[order]
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    sizes = np.diff(starts, append=len(group))
    means = apart.iloc[starts].copy()
    is_ok = (apart["status"] == "ok").to_numpy(dtype=bool)
    for name in _MEANT:
        values = np.where(is_ok, apart[name].to_numpy(dtype=np.float64, na_value=np.nan), np.nan)
        means[name] = np.add.reduceat(values, starts) / sizes
    # The first channel that was not measured speaks for the layer.
    lost, first = np.unique(group[~is_ok], return_index=True)
    for name in ("status", "reason"):
        words = means[name].to_numpy(dtype=object)
        words[lost] = apart[name].to_numpy(dtype=object)[~is_ok][first]
        means[name] = words
    means["warnings"] = _joined_codes(apart, group, sizes)
    means["extras"] = [json.dumps({"channels": float(size)}) for size in sizes]
    means["channel"] = pd.NA
    rest = table[table["channel"].isna()]
    parts = [part for part in (rest, means) if len(part)]
    joined: pd.DataFrame = pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)
    return joined.astype({name: COLUMNS[name] for name in ("status", "reason", "warnings", "channel")})


def _joined_codes(apart: pd.DataFrame, group: np.ndarray, sizes: np.ndarray) -> list[str]:
    """Return the warnings of each group, `-channels` behind those that not all of its rows have."""
    codes: list[dict[str, int]] = [{} for _ in sizes]
    for number, each in zip(group, apart["warnings"].fillna(""), strict=True):
        for code in str(each).split():
            codes[number][code] = codes[number].get(code, 0) + 1
    return [
        " ".join(sorted(code if count == size else f"{code}-channels" for code, count in found.items()))
        for found, size in zip(codes, sizes, strict=True)
    ]
