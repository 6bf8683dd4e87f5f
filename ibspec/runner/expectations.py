"""Published values beside what a run found."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ibspec.spec import Expectation


def compare_with_expectations(
    expectations: Sequence[Expectation], measurements: pd.DataFrame, history: pd.DataFrame, last: int
) -> list[dict[str, Any]]:
    """Return each expectation with the mean over replicas that was found, and whether they agree.

    One without an epoch is about `last`, the last epoch of training.
    `found` and `agrees` are None where the run has no such number.
    """
    return [
        {**expectation.model_dump(mode="json"), **_find(expectation, measurements, history, last)}
        for expectation in expectations
    ]


def _find(
    expectation: Expectation, measurements: pd.DataFrame, history: pd.DataFrame, last: int
) -> dict[str, Any]:
    table = measurements if expectation.layer is not None else history
    if expectation.layer is not None:
        is_meant = (table["layer"] == expectation.layer) & (table["estimator"] == expectation.estimator)
        table = table[is_meant]
    values = table.dropna(subset=[expectation.what])
    epoch = last if expectation.epoch is None else expectation.epoch
    found = values.loc[values["epoch"] == epoch, expectation.what]
    if found.empty:
        return {"found": None, "agrees": None}
    mean = float(found.mean())
    return {"found": mean, "agrees": abs(mean - expectation.value) <= expectation.tolerance}


def describe_expectation(compared: Mapping[str, Any]) -> str:
    """Return one line for an expectation that was compared."""
    where = [f"{key} {compared[key]}" for key in ("layer", "estimator", "epoch") if compared[key] is not None]
    what = " ".join([compared["what"], *where])
    wanted = f"{what}: expected {compared['value']:g} within {compared['tolerance']:g}"
    if compared["found"] is None:
        return f"{wanted}, but this run has no such number"
    return f"{wanted}, found {compared['found']:.5g}, {'agrees' if compared['agrees'] else 'DOES NOT AGREE'}"
