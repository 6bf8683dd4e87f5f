"""Whether proven bounds stand on the right sides of the number."""

import pandas as pd

from ibspec.claims import Judgement
from ibspec.verify.comparisons import Comparison, Subject, judge_comparisons
from ibspec.verify.table import column, judged

NAMES = {"i_xt": "I(X;T)", "i_ty": "I(T;Y)"}


def judge_bounds(rows: pd.DataFrame, estimator: str, slug: str) -> Judgement:
    """Judge lower <= headline <= upper for both quantities; every estimator that gives bounds promises it."""
    subject = Subject(
        f"run.bounds-in-order.{slug}",
        f"With {estimator}, each number lies between its own bounds.",
        "docs/guide.md, What a run leaves; Kolchinsky & Tracey (2017) eqs. 10-12 for kernels",
    )
    comparisons = []
    for name, shown in NAMES.items():
        for low, high in (
            (f"{name}_lower", name),
            (name, f"{name}_upper"),
            (f"{name}_lower", f"{name}_upper"),
        ):
            mine = judged(rows, low, high)
            words = [part.replace(name, shown).replace("_", " ") for part in (low, high)]
            what = f"{words[0]} <= {words[1]}"
            comparisons.append(Comparison(what, mine, column(mine, low), column(mine, high), True))
    return judge_comparisons(subject, comparisons, {}, "no valid measurement of this estimator has bounds")
