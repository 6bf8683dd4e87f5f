"""A few nets at a time, measured as one."""

import numpy as np
import torch

from ibspec import Activity
from ibspec.estimators import AsIfRandom, Binning, Width

UNIT = Binning(cells=Width(1.0))
"""Tells all whole numbers apart."""


def activities(table, layer="layer"):
    """One activity a row of the table, or a matrix each."""
    for epoch, values in enumerate(table):
        yield Activity(torch.as_tensor(np.array(values, dtype=np.float64)), layer, epoch=epoch)


def last(table, probe, *, under=UNIT, **more):
    """The window of all rows of a table."""
    estimator = AsIfRandom(under=under, window=len(table), **more)
    session = estimator.session("layer", probe)
    for activity in activities(table):
        session.add(activity)
    (found,) = session.finish()
    assert (found.epoch, found.layer) == (len(table) - 1, "layer")
    return found.estimate


def gathered(estimator, probe, tables):
    session = estimator.session("layer", probe)
    for epoch, table in tables.items():
        for values in table:
            session.add(Activity(torch.as_tensor(np.array(values, dtype=float)), "layer", epoch=epoch))
    return session.finish()
