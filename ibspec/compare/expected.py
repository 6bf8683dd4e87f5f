"""A run against the published values that its spec expects."""

from typing import Any, final

from ibspec.core import Frozen, UserError
from ibspec.loading import Run
from ibspec.runner.expectations import compare_with_expectations


@final
class Expected(Frozen):
    """A published value and what a run found in its place.

    Attributes:
        what: A column of the measurements or of the history.
        where: Layer, estimator and epoch, as far as they are named.
        found: The mean over replicas; None where the run has no such number.
    """

    what: str
    where: str
    value: float
    tolerance: float
    found: float | None
    agrees: bool | None
    source: str


def compare_with_expected(run: Run) -> list[Expected]:
    """Return every value that the spec expects, beside what the run found.

    Raises:
        UserError: The spec expects nothing.
    """
    if not run.spec.expect:
        raise UserError(
            f"compare: the spec of {run.path} has no `expect`; name a second run to compare this one with"
        )
    last = run.spec.training.epochs
    compared = compare_with_expectations(run.spec.expect, run.measurements, run.history, last)
    return [_in_words(item, last) for item in compared]


def _in_words(item: dict[str, Any], last: int) -> Expected:
    epoch = last if item["epoch"] is None else item["epoch"]
    places = [str(item[key]) for key in ("layer", "estimator") if item[key] is not None]
    return Expected(
        what=item["what"],
        where=", ".join([*places, f"epoch {epoch}"]),
        value=item["value"],
        tolerance=item["tolerance"],
        found=item["found"],
        agrees=item["agrees"],
        source=item["source"],
    )
