"""Whether information rises along the layers."""

from typing import Final, Literal

import numpy as np
import pandas as pd

from ibspec.claims import Evidence, Judgement
from ibspec.claims.evidence import Value
from ibspec.results import over_channels
from ibspec.verify.comparisons import Comparison, Subject, judge_comparisons, spell_bits
from ibspec.verify.facts import ROUNDING
from ibspec.verify.promises import Inequality, promises
from ibspec.verify.table import column, judged

Side = Literal["i_xt", "i_ty"]

NAMES: Final[dict[Side, str]] = {"i_xt": "I(X;T)", "i_ty": "I(T;Y)"}

RISES: Final[dict[Side, Inequality]] = {"i_xt": "no rise of I(X;T)", "i_ty": "no rise of I(T;Y)"}

EVIDENCE_ONLY = (
    "exact values cannot rise along the layers; these may, since the cells, or the noise put on the "
    "activity, do not feed the next layer: evidence about the estimator, never a failure"
)


def judge_data_processing(rows: pd.DataFrame, side: Side, estimator: str, slug: str) -> Judgement:
    """Judge I(T1) >= I(T2) >= ... for every epoch and replica, on the side of X or of Y.

    Each layer is compared with the nearest one before it that has a number: what holds for neighbours
    holds for any two layers. For an estimator that does not promise this a rise is an artefact: the layers
    themselves are a Markov chain.
    """
    name = NAMES[side]
    subject = Subject(
        f"run.data-processing-{side[-2:].replace('t', '')}.{slug}",
        f"With {estimator}, {name} does not rise from layer to layer.",
        "grabauskas-2019 eqs. 2.8-2.9; candidate-8240R-2019 §2.3.1, Fig. 1",
    )
    steps = layer_steps(rows, side)
    if steps.empty:
        return subject.unmeasured(f"needs {name} of at least two layers at one epoch")
    is_promised = RISES[side] in promises(estimator)
    after, before = column(steps, side), column(steps, "before")
    comparison = Comparison(RISES[side], steps, after, before, is_promised)
    numbers = rises_in_numbers(steps, comparison)
    if is_promised:
        return judge_comparisons(subject, [comparison], numbers)
    rose = comparison.violations > 0
    evidence = Evidence(
        cases=len(steps), counterexample=_largest(steps, comparison) if rose else {}, numbers=numbers
    )
    return subject.found("artefact" if rose else "supported", evidence, EVIDENCE_ONLY)


def layer_steps(rows: pd.DataFrame, side: Side) -> pd.DataFrame:
    """Return one row for each pair of neighbouring layers: the later layer, and the one before it.

    Columns `before` (bits) and `layer_before` are added. Channels that stand apart are averaged: none of
    them is computed from one of the layer before.
    """
    mine = judged(over_channels(rows), side).sort_values(["replica", "epoch", "view", "depth"], kind="stable")
    paths = mine.groupby(["replica", "epoch", "view"], sort=False)
    steps = mine.assign(before=paths[side].shift(), layer_before=paths["layer"].shift())
    found: pd.DataFrame = steps[paths.cumcount().to_numpy() > 0]
    return found


def rises_in_numbers(steps: pd.DataFrame, comparison: Comparison) -> dict[str, Value]:
    """Count rises by step from layer to layer and by epoch of a replica, and say how large they get."""
    rises = comparison.excess > ROUNDING
    paths = steps.assign(rises=rises).groupby(["replica", "epoch", "view"])["rises"].any()
    return {
        "steps with a rise": f"{int(rises.sum())} of {len(rises)}",
        "epochs with a rise": f"{int(paths.sum())} of {len(paths)}",
        "largest rise in bits": spell_bits(max(float(comparison.excess.max()), 0.0)) if rises.any() else 0.0,
    }


def _largest(steps: pd.DataFrame, comparison: Comparison) -> dict[str, Value]:
    worst = comparison.worst()
    row = steps.iloc[int(np.argmax(comparison.excess))]
    return {
        "replica": worst["replica"],
        "epoch": worst["epoch"],
        f"at {row['layer_before']}": worst["limit"],
        f"at {row['layer']}": worst["found"],
    }
