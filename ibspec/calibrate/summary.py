"""Bias and spread of estimators, from a table of trials."""

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

GROUP = ["estimator", "kind", "law", "dims", "samples"]

OFTEN = 0.5
"""A warning that more than this share of the draws carry belongs to the law."""


def summarise(trials: pd.DataFrame) -> pd.DataFrame:
    """Return a row an estimator, law, dimension, sample size and number, in bits.

    A law whose X is discrete has two numbers: I(X;T), X read as the reals that its values are, and I(T;Y),
    X given as a class label. They have the same truth.

    Columns: `number` (`i_xt` or `i_ty`); `truth`; `mean`, `bias`, `sd` (one draw) and `se` (of the mean) of
    the estimates; `draws`, how many of them have no such number (`refused`), with the `reason` of the first,
    and how many carry a warning (`warned`), with the `codes` that most of them carry; `seconds`, the median
    of one estimate (of both numbers).
    """
    rows = []
    for key, group in trials.groupby(GROUP, sort=False):
        numbers = ["i_xt"] + (["i_ty"] if group["i_ty"].notna().any() else [])
        rows += [dict(zip(GROUP, key, strict=True)) | _row(group, number) for number in numbers]
    return pd.DataFrame(rows)


def _row(group: pd.DataFrame, number: str) -> dict[str, Any]:
    ok = group[group[number].notna()]
    values = ok[number].to_numpy(dtype=float)
    truth = float(group["truth"].iloc[0])
    sd = float(values.std(ddof=1)) if len(values) > 1 else np.nan
    refused = group[group[number].isna()]
    warned = ok["warnings"].fillna("")
    codes = Counter(code for words in warned for code in words.split())
    return {
        "number": number,
        "truth": truth,
        "mean": float(values.mean()) if len(values) else np.nan,
        "bias": float(values.mean() - truth) if len(values) else np.nan,
        "sd": sd,
        "se": sd / np.sqrt(len(values)) if len(values) > 1 else np.nan,
        "draws": len(group),
        "refused": len(refused),
        "reason": _reason(refused),
        "warned": int((warned != "").sum()),
        "codes": " ".join(sorted(code for code, count in codes.items() if count > OFTEN * len(ok))),
        "seconds": float(ok["seconds"].median()) if len(ok) else np.nan,
    }


def _reason(refused: pd.DataFrame) -> str:
    """Return why the first of these has no number; its warnings, where the estimator gave another number."""
    if refused.empty:
        return ""
    first = refused.iloc[0]
    return str(first["reason"] or first["warnings"] or "")
