"""Windows of several nets, small enough to be measured by the book."""

import numpy as np
import torch
from hypothesis import strategies as st
from jaxtyping import Float, Int

from ibspec.core import Activity, Estimate, Probe
from ibspec.estimators import AsIfRandom, Binning, Width
from verification.information import empirical, information
from verification.strategies import each_drawn

UNIT = Binning(cells=Width(1.0))
"""Cells of width 1 tell all whole numbers apart."""

Table = Int[np.ndarray, "nets rows"]


def together(table: Float[np.ndarray, "nets rows"] | Table, probe: Probe, under: Binning = UNIT) -> Estimate:
    """Measure all rows of a table, one a net, as one window: what the estimator says."""
    session = AsIfRandom(under=under, window=len(table)).session("layer", probe)
    for epoch, values in enumerate(table):
        session.add(Activity(torch.from_numpy(np.asarray(values, dtype=float)), "layer", epoch=epoch))
    return session.finish()[0].estimate


def about_x(table: Table) -> float:
    """I(X;T) of a window whose inputs all differ, as the estimator has it."""
    return float(together(table, Probe(ids=np.arange(table.shape[1]))).i_xt)


def pairs_by_the_book(table: Table, given: Int[np.ndarray, " rows"]) -> float:
    """I(given; T) of all pairs of net and row, each counting the same."""
    return information(empirical(np.tile(given, len(table)), table.ravel()))


def single_by_the_book(table: Table, given: Int[np.ndarray, " rows"]) -> float:
    """The mean over nets of what one net says."""
    return float(np.mean([information(empirical(given, row)) for row in table]))


def net_by_the_book(table: Table, given: Int[np.ndarray, " rows"]) -> float:
    """I(given; net | T): what remains to be said about the input by knowing the net."""
    net, of = np.repeat(np.arange(len(table)), table.shape[1]), np.tile(given, len(table))
    return sum(
        (table == t).mean() * information(empirical(of[table.ravel() == t], net[table.ravel() == t]))
        for t in np.unique(table)
    )


@st.composite
def windows(draw: st.DrawFn, nets: int = 6, rows: int = 8) -> Table:
    """Whole numbers, a net a row: few symbols, so that cells are shared by inputs and by nets."""
    shape = (draw(st.integers(1, nets)), draw(st.integers(1, rows)))
    return draw(each_drawn(shape, st.integers(0, draw(st.integers(0, 5)))))
