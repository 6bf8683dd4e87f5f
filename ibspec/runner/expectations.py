"""Published values beside what a run found."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ibspec.spec import Expectation


def compare_with_expectations(
    expectations: Sequence[Expectation], measurements: pd.DataFrame, history: pd.DataFrame
) -> list[dict[str, Any]]:
    """Return each expectation with the mean over replicas that was found, and whether they agree.

    `found` and `agrees` are None where the run has no such number.
    """
    return [
        {**expectation.model_dump(mode="json"), **_find(expectation, measurements, history)}
        for expectation in expectations
    ]


def _find(expectation: Expectation, measurements: pd.DataFrame, history: pd.DataFrame) -> dict[str, Any]:
    table = measurements if expectation.layer is not None else history
    if expectation.layer is not None:
        is_meant = (table["layer"] == expectation.layer) & (table["estimator"] == expectation.estimator)
        table = table[is_meant]
    values = table.dropna(subset=[expectation.what])
    epoch = values["epoch"].max() if expectation.epoch is None else expectation.epoch
    found = values.loc[values["epoch"] == epoch, expectation.what]
    if found.empty:
        return {"found": None, "agrees": None}
    mean = float(found.mean())
    return {"found": mean, "agrees": abs(mean - expectation.value) <= expectation.tolerance}
