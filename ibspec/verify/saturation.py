"""How much of a run stands at its ceiling, where it says nothing about layers."""

import numpy as np
import pandas as pd

from ibspec.claims import Evidence, Judgement, Verdict
from ibspec.claims.evidence import Value
from ibspec.core import SATURATED_BITS, ceiling, is_saturated
from ibspec.verify.comparisons import Subject
from ibspec.verify.facts import Facts
from ibspec.verify.table import carries, column, judged


def judge_saturation(rows: pd.DataFrame, facts: Facts, estimator: str, slug: str) -> Judgement:
    """Find the share of measurements that are saturated, by layer: a finding, whatever it is.

    Saturated is what is drawn hollow: it carries the warning, or its headline is at the ceiling
    (`ibspec.core.is_saturated`). A layer that is saturated in some channels counts.
    """
    subject = Subject(
        f"run.saturation.{slug}",
        f"With {estimator}, no measurement is saturated: each lies more than {SATURATED_BITS} bits below the "
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
    return is_saturated(column(rows, "i_xt"), ceiling(facts.h_x, column(rows, "n")))


def _share(full: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> str:
    """Write a share in percent; none and all are said exactly."""
    percent = 100 * float(full.mean())
    return f"{percent:.0f} %" if percent in (0, 100) else f"{min(max(percent, 0.1), 99.9):.1f} %"
