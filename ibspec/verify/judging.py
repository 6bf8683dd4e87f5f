"""All claims that apply to a run, estimator by estimator."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import pandas as pd

from ibspec.claims import Judgement
from ibspec.verify.bounds import judge_bounds
from ibspec.verify.data_processing import judge_data_processing
from ibspec.verify.facts import Facts
from ibspec.verify.region import judge_box, judge_label_bound, judge_region
from ibspec.verify.saturation import judge_saturation
from ibspec.verify.verdicts import EstimatorVerdicts, RunVerification


class Run(Protocol):
    """What is read of a run."""

    @property
    def measurements(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def manifest(self) -> Mapping[str, Any]: ...  # noqa: D102


def judge_run_claims(run: Run) -> RunVerification:
    """Judge a run, finished or not, by what it has measured so far."""
    table = run.measurements
    return RunVerification(
        state=str(run.manifest.get("state", "unknown")),
        measurements=len(table),
        valid=int((table["status"] == "ok").sum()),
        estimators=tuple(judge_estimators(table, Facts.of_manifest(run.manifest))),
    )


def judge_measurements(measurements: pd.DataFrame, facts: Facts) -> list[Judgement]:
    """Return the judgements of `judge_estimators` in one list."""
    return [judgement for part in judge_estimators(measurements, facts) for judgement in part.judgements]


def judge_estimators(measurements: pd.DataFrame, facts: Facts) -> list[EstimatorVerdicts]:
    """Judge a table of measurements.

    Args:
        measurements: Columns as in `ibspec.results.COLUMNS`; rows that are not `ok` are left out.
        facts: What is known of the probe.

    Returns:
        Seven judgements for each estimator, in the order of the table.
    """
    slugs: dict[str, str] = {}
    verdicts = []
    for estimator, rows in measurements.groupby("estimator", sort=False, dropna=False):
        name = " ".join(str(estimator).split()) or "an estimator without a name"
        judgements = tuple(_judge_estimator(rows, facts, name, _slug(name, slugs)))
        verdicts.append(EstimatorVerdicts(estimator=name, judgements=judgements))
    return verdicts


def _judge_estimator(rows: pd.DataFrame, facts: Facts, name: str, slug: str) -> Iterator[Judgement]:
    yield judge_box(rows, facts, name, slug)
    yield judge_region(rows, facts, name, slug)
    yield judge_label_bound(rows, facts, name, slug)
    yield judge_bounds(rows, name, slug)
    yield judge_data_processing(rows, "i_xt", name, slug)
    yield judge_data_processing(rows, "i_ty", name, slug)
    yield judge_saturation(rows, facts, name, slug)


def _slug(name: str, taken: dict[str, str]) -> str:
    """Return a part of an id for an estimator that no other one of the run has."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "estimator"
    slug, count = plain, 1
    while slug in taken:
        count += 1
        slug = f"{plain}-{count}"
    taken[slug] = name
    return slug
