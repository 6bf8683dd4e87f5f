"""How much of a run stands at its ceiling, where it says nothing about layers."""

import numpy as np
import pandas as pd

from ibspec.claims import Evidence, Judgement, Verdict
from ibspec.claims.evidence import Value
from ibspec.verify.comparisons import Subject
from ibspec.verify.facts import Facts
from ibspec.verify.table import carries, column, judged

CEILING_BITS = 0.01
"""As for the warning `saturated`."""


def judge_saturation(rows: pd.DataFrame, facts: Facts, estimator: str, slug: str) -> Judgement:
    """Find the share of measurements that are saturated, by layer: a finding, whatever it is.

    Saturated is what carries the warning, or has its lower bound (its headline where there is none) within
    0.01 bits of H(X). A layer that is saturated in some channels counts.
    """
    subject = Subject(
        f"run.saturation.{slug}",
        f"With {estimator}, no measurement is saturated: each lies more than {CEILING_BITS} bits below the "
        "most that the probe allows.",
        "docs/warnings.md, saturated",
    )
    mine = judged(rows, "i_xt")
    if mine.empty:
        return subject.unmeasured("no valid measurement of I(X;T)")
    full = carries(mine, "saturated") | _at_ceiling(mine, facts)
    numbers: dict[str, Value] = {"saturated": f"{_share(full)} ({int(full.sum())} of {len(full)})"}
    if full.any():
        layers = (
            mine.assign(full=full).sort_values("depth", kind="stable").groupby("layer", sort=False)["full"]
        )
        numbers |= {str(layer): _share(part.to_numpy()) for layer, part in layers}
    verdict: Verdict = "artefact" if full.all() else "not supported" if full.any() else "supported"
    told = "saturated numbers tell the size of the probe, and nothing about the layer" if full.any() else ""
    return subject.found(verdict, Evidence(cases=len(mine), numbers=numbers), told)


def _at_ceiling(rows: pd.DataFrame, facts: Facts) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    lower, headline = column(rows, "i_xt_lower"), column(rows, "i_xt")
    if facts.h_x is None or facts.h_x <= CEILING_BITS:
        return np.zeros(len(rows), dtype=bool)
    return np.asarray(facts.h_x - np.where(np.isnan(lower), headline, lower) < CEILING_BITS)


def _share(full: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> str:
    """Write a share in percent; none and all are said exactly."""
    percent = 100 * float(full.mean())
    return f"{percent:.0f} %" if percent in (0, 100) else f"{min(max(percent, 0.1), 99.9):.1f} %"
