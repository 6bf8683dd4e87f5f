"""All that the events of a run say, estimator by estimator."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, final

import pandas as pd

from ibspec.analyse.finding import Finding
from ibspec.analyse.layer import Facts, LayerAnalysis, analyse_layer
from ibspec.analyse.net import SnrAnalysis, accuracies, loss_kink, snr_drops, wandering
from ibspec.analyse.together import Together, go_together
from ibspec.core import Frozen, UserError
from ibspec.results import over_channels


class Run(Protocol):
    """What is read of a run."""

    @property
    def measurements(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def history(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def gradients(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def manifest(self) -> Mapping[str, Any]: ...  # noqa: D102


@final
class EstimatorAnalysis(Frozen):
    """What one estimator says.

    Attributes:
        estimator: Its label.
        layers: The shallowest first; a layer looked at in several ways stands there several times.
        together: Whether the three events of the stochastic-gradient hypothesis go together, by layer.
    """

    estimator: str
    layers: tuple[LayerAnalysis, ...]
    together: tuple[Together, ...]


@final
class RunAnalysis(Frozen):
    """The events of one run.

    Attributes:
        format: Version of this layout; it grows when a field changes its meaning or goes away.
        state: How far the run was, as its manifest said.
        made_of: SHA-256 of each table that this was made of, as in the manifest; empty for a run that has
            not ended.
        measurements: Rows of its table.
        replicas: Their numbers, in the order of every list of replicas below.
        loss_kink: Epoch of the kink of the loss.
        snr: Drops of the SNR; empty where no gradients were measured.
        wandering: Exponent of the displacement of the weights.
        accuracy: At the end, on `train` and on `test` rows.
        estimators: What each of them says.
    """

    format: Literal[1] = 1
    state: str
    made_of: dict[str, str]
    measurements: int
    replicas: tuple[int, ...]
    loss_kink: Finding
    snr: tuple[SnrAnalysis, ...]
    wandering: Finding
    accuracy: dict[str, Finding]
    estimators: tuple[EstimatorAnalysis, ...]

    def of(self, estimator: str) -> "RunAnalysis":
        """Return it with one estimator only.

        Raises:
            UserError: The run has no such estimator.
        """
        chosen = tuple(each for each in self.estimators if each.estimator == estimator)
        if not chosen:
            known = ", ".join(each.estimator for each in self.estimators)
            raise UserError(f"no estimator {estimator!r} in this run; it has {known}")
        return self.model_copy(update={"estimators": chosen})


TABLES = ("measurements.parquet", "history.parquet", "gradients.parquet")


def analyse_run(run: Run) -> RunAnalysis:
    """Apply all detectors to a run, finished or not, as far as it has measured.

    Raises:
        UserError: Nothing was measured.
    """
    table = over_channels(run.measurements)
    if table.empty:
        raise UserError("nothing was measured, so there is nothing to analyse")
    # Rows of -1 are about all replicas together: there is no curve for each.
    replicas = sorted({int(each) for each in table["replica"] if each >= 0} or {-1})
    loss, drops = loss_kink(run.history, replicas), snr_drops(run.gradients, replicas)
    facts = _facts(run.manifest)
    files = run.manifest.get("files")
    known = files if isinstance(files, Mapping) else {}
    return RunAnalysis(
        state=str(run.manifest.get("state", "unknown")),
        made_of={name: str(known[name]) for name in TABLES if name in known},
        measurements=len(run.measurements),
        replicas=tuple(replicas),
        loss_kink=loss,
        snr=tuple(drops),
        wandering=wandering(run.measurements, replicas),
        accuracy=accuracies(run.history, replicas),
        estimators=tuple(
            _analyse_estimator(str(label), rows, replicas, facts, loss, drops)
            for label, rows in table.groupby("estimator", sort=False)
        ),
    )


def _analyse_estimator(
    label: str,
    rows: pd.DataFrame,
    replicas: Sequence[int],
    facts: Facts,
    loss: Finding,
    drops: Sequence[SnrAnalysis],
) -> EstimatorAnalysis:
    mine = [-1] if (rows["replica"] == -1).all() else replicas
    layers = [
        analyse_layer(group, mine, facts) for _, group in rows.groupby(["depth", "layer", "view"], sort=True)
    ]
    together = go_together(layers, loss, drops) if mine == replicas else []
    return EstimatorAnalysis(estimator=label, layers=tuple(layers), together=tuple(together))


def _facts(manifest: Mapping[str, Any]) -> Facts:
    def number(part: str, name: str) -> float | None:
        found = (manifest.get(part) or {}).get(name)
        return float(found) if isinstance(found, int | float) and math.isfinite(found) else None

    classes = number("data", "classes")
    return Facts(
        h_x=number("facts", "h_x"),
        h_y=number("facts", "h_y"),
        classes=None if classes is None else int(classes),
    )
