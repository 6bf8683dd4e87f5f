"""Where points of the information plane can lie."""

import numpy as np
import pandas as pd

from ibspec.claims import Judgement
from ibspec.verify.comparisons import Comparison, Numbers, Subject, judge_comparisons
from ibspec.verify.facts import ROUNDING, Facts
from ibspec.verify.promises import Inequality, promises
from ibspec.verify.table import carries, column, judged

PLANE = "candidate-8240R-2019 Fig. 5; grabauskas-2019 Figs. 1.1, 1.2, 2.4"

NO_LABELS = "no valid measurement of I(T;Y): the probe has no class labels, or the estimator does not give it"


def judge_box(rows: pd.DataFrame, facts: Facts, estimator: str, slug: str) -> Judgement:
    """Judge 0 <= I(X;T) <= H(X); where H(X) is unknown, log2 of the number of samples stands for it."""
    subject = Subject(f"run.box.{slug}", f"With {estimator}, 0 ≤ I(X;T) ≤ H(X).", PLANE)
    kept = promises(estimator)
    mine = judged(rows, "i_xt")
    i_xt = column(mine, "i_xt")
    ceiling = np.log2(column(mine, "n")) if facts.h_x is None else np.full(len(mine), facts.h_x)
    lower: Inequality = "0 <= I(X;T)"
    upper: Inequality = "I(X;T) <= H(X)"
    return judge_comparisons(
        subject,
        [
            Comparison(lower, mine, -i_xt, np.zeros(len(mine)), lower in kept),
            Comparison(upper, mine, i_xt, ceiling, upper in kept),
        ],
        {} if facts.h_x is not None else {"H(X)": "unknown; log2 N in its place"},
    )


def judge_region(rows: pd.DataFrame, facts: Facts, estimator: str, slug: str) -> Judgement:
    """Judge 0 <= I(T;Y) <= min(I(X;T), H(Y)); measurements whose layer is random count for H(Y) only.

    I(T;Y) <= I(X;T) needs T to be a function of X on the sample.
    """
    says = f"With {estimator}, 0 ≤ I(T;Y) ≤ min(I(X;T), H(Y))."
    kept = promises(estimator)
    labelled = judged(rows, "i_ty")
    both = _functions(judged(rows, "i_xt", "i_ty"))
    i_ty = column(labelled, "i_ty")
    lower: Inequality = "0 <= I(T;Y)"
    diagonal: Inequality = "I(T;Y) <= I(X;T)"
    upper: Inequality = "I(T;Y) <= H(Y)"
    comparisons = [
        Comparison(lower, labelled, -i_ty, np.zeros(len(labelled)), lower in kept),
        Comparison(diagonal, both, column(both, "i_ty"), column(both, "i_xt"), diagonal in kept),
    ]
    if facts.h_y is not None:
        comparisons.append(Comparison(upper, labelled, i_ty, _all(labelled, facts.h_y), upper in kept))
    numbers = {} if facts.h_y is not None else {"H(Y)": "unknown; not compared"}
    return judge_comparisons(Subject(f"run.region.{slug}", says, PLANE), comparisons, numbers, NO_LABELS)


def judge_label_bound(rows: pd.DataFrame, facts: Facts, estimator: str, slug: str) -> Judgement:
    """Judge I(T;Y) <= I(X;Y), for layers that are a function of X on the sample."""
    subject = Subject(
        f"run.label-bound.{slug}",
        f"With {estimator}, no layer knows more about the label than the input does: I(T;Y) ≤ I(X;Y).",
        "grabauskas-2019 eq. 2.9; candidate-8240R-2019 §2.3.1",
    )
    mine = _functions(judged(rows, "i_ty"))
    if facts.i_xy is None:
        return subject.unmeasured("I(X;Y) is unknown: the probe has no class labels")
    bound: Inequality = "I(T;Y) <= I(X;Y)"
    kept = promises(estimator)
    # Where the input tells the label, this is I(T;Y) <= H(Y).
    same = facts.h_y is not None and abs(facts.h_y - facts.i_xy) <= ROUNDING and "I(T;Y) <= H(Y)" in kept
    comparison = Comparison(bound, mine, column(mine, "i_ty"), _all(mine, facts.i_xy), same or bound in kept)
    return judge_comparisons(subject, [comparison], {"I(X;Y)": facts.i_xy}, NO_LABELS)


def _functions(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out layers in which equal inputs fell into different cells."""
    found: pd.DataFrame = rows[~carries(rows, "stochastic")]
    return found


def _all(rows: pd.DataFrame, number: float) -> Numbers:
    return np.full(len(rows), number)
