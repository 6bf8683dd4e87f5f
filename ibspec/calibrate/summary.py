"""Bias and spread of estimators, from a table of trials."""

import numpy as np
import pandas as pd

GROUP = ["estimator", "kind", "law", "dims", "samples"]


def summarise(trials: pd.DataFrame) -> pd.DataFrame:
    """Return a row an estimator, law, dimension and sample size, in bits.

    Columns: `truth`; `mean`, `bias`, `sd` (one draw) and `se` (of the mean) of the estimates; `draws`, how
    many of them were `refused`, and how many carry a warning (`warned`); `seconds`, the median of one
    estimate.
    """
    rows = []
    for key, group in trials.groupby(GROUP, sort=False):
        ok = group[(group["status"] == "ok") & group["i_xt"].notna()]
        values = ok["i_xt"].to_numpy(dtype=float)
        truth = float(group["truth"].iloc[0])
        sd = float(values.std(ddof=1)) if len(values) > 1 else np.nan
        rows.append(
            dict(zip(GROUP, key, strict=True))
            | {
                "truth": truth,
                "mean": float(values.mean()) if len(values) else np.nan,
                "bias": float(values.mean() - truth) if len(values) else np.nan,
                "sd": sd,
                "se": sd / np.sqrt(len(values)) if len(values) > 1 else np.nan,
                "draws": len(group),
                "refused": int((group["status"] != "ok").sum()),
                "warned": int((ok["warnings"].fillna("") != "").sum()),
                "seconds": float(ok["seconds"].median()) if len(ok) else np.nan,
            }
        )
    return pd.DataFrame(rows)
