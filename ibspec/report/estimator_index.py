"""The page on which all estimators stand side by side."""

from typing import Final

import pandas as pd

from ibspec.calibrate import LAWS
from ibspec.calibrate.standard import kind_of, members, standard
from ibspec.report.estimator_facts import FACTS
from ibspec.report.estimator_tables import cell, records

SAMPLES: Final = 4_000
"""Rows of the draws whose errors are shown."""

SHOWN: Final = (("independent", 1), ("normal-0.9", 1), ("normal-0.9", 5), ("channel-0.1", 1))

ABOVE: Final = """\
# Estimators

Each was given draws of laws whose information is known on paper. Its page says what it computes, when to
trust it, and how far off it was, with a figure; `ibspec calibrate --docs docs/estimators` measures it again.

No estimator is right everywhere. In short: `gaussian` where variables are normal; `ksg` for up to 2 + 2
columns; `exact` and `binning` for discrete activity; `sample-propagation` where the net itself is noisy;
`info-nce` as a lower bound for wide layers. For a deterministic layer on continuous inputs I(X;T) is
infinite, and every number belongs to the noise, cells, width, batch or N that produced it."""

BETWEEN: Final = """\
Errors are estimate minus truth in bits, mean ± standard deviation of a draw, at N = {samples:,}. *In
italics*: the estimate itself, where the estimator measures another quantity, which has no error here."""

LAWS_ABOVE: Final = """\
## The laws

X and T have as many columns each as stated: independent copies of the law in one column, but for Student's
t, whose columns share one scale. A discrete X is given as a class label, too, and I(T;Y) is then the same
number. Where T = S + sigma N, estimators are told S and sigma, as of a noisy net; where T is a whole number
they are told so, as of a quantised net. [calibration.csv](calibration.csv) holds all numbers of all pages."""


def index_page(summary: pd.DataFrame) -> str:
    """Return the index in Markdown; `summary` as of `ibspec.calibrate.summarise`."""
    heads = [f"{law}, {dims} + {dims}" for law, dims in SHOWN]
    lines = ["| estimator | measures | trust it | " + " | ".join(heads) + " |"]
    lines.append("|---" * (3 + len(heads)) + "|")
    for member in members():
        kind = kind_of(member)
        facts, label = FACTS[kind], standard(member)[0].label
        trust = facts.trust.split(". ")[0].rstrip(".") + "."
        cells = [_cell(summary, label, law, dims, other=bool(facts.another)) for law, dims in SHOWN]
        lines.append(f"| [{kind}]({kind}.md) | {facts.measures} | {trust} | {' | '.join(cells)} |")
    parts = [ABOVE, BETWEEN.format(samples=SAMPLES), "\n".join(lines), LAWS_ABOVE, _laws()]
    return "\n\n".join(parts) + "\n"


def _cell(summary: pd.DataFrame, label: str, law: str, dims: int, *, other: bool) -> str:
    here = (summary["estimator"] == label) & (summary["law"] == law) & (summary["dims"] == dims)
    rows = records(summary[here & (summary["samples"] == SAMPLES)])
    if not rows:
        return ""
    # Of a discrete X, I(X;T) where there is one; else the same number, X given as a class.
    known = [row for row in rows if row["draws"] > row["refused"]]
    row = min(known or rows, key=lambda row: row["number"] != "i_xt")
    text = cell(row, as_bias=not other)
    return f"*{text}*" if other and known else text


def _laws() -> str:
    lines = ["| law | X and T | columns: I(X;T) in bits |", "|---|---|---|"]
    for law in LAWS:
        bits = ", ".join(f"{dims} + {dims}: {law.bits(dims):.3f}" for dims in law.dims)
        lines.append(f"| {law.name} | {law.about.replace('|', '&#124;')} | {bits} |")
    return "\n".join(lines)
