"""Two runs side by side."""

from collections.abc import Iterator, Mapping
from typing import Any, final

import pandas as pd

from ibspec.compare.differences import (
    KEYS,
    Difference,
    Mismatch,
    Tolerance,
    find_differences,
    find_mismatches,
    join,
    with_channel_numbers,
)
from ibspec.compare.interpolation import Sparseness, compare_with_dense
from ibspec.compare.presence import OnlyHere, only_in, shorten
from ibspec.core import Frozen, UserError
from ibspec.loading import Run

PARTS = ("data", "model", "training", "measure")
"""Of a spec, that decide the numbers."""

UNIMPORTANT = ("data.data_dir",)
"""Keys in them that do not."""


@final
class Comparison(Frozen):
    """What two runs, A and B, have in common and where they differ.

    Attributes:
        one, other: Their directories.
        tolerance: Within which numbers agree.
        rows: Rows in common.
        differences: By estimator, layer and column.
        mismatches: Of what is no number, statuses first.
        only_one, only_other: Rows that only A, or only B, has.
        changes: Keys of the specs that differ, with both values.
        unfinished: Runs that have not ended well, with their state.
        sparseness: Where one of them skipped epochs that the other measured.
    """

    one: str
    other: str
    tolerance: Tolerance
    rows: int
    differences: tuple[Difference, ...]
    mismatches: tuple[Mismatch, ...]
    only_one: OnlyHere
    only_other: OnlyHere
    changes: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    sparseness: Sparseness | None = None

    @property
    def agrees(self) -> bool:
        """Whether all numbers agree and no run has rows of its own.

        Epochs that an adaptive schedule skipped count for nothing: leaving them out is what it is for.
        """
        return (
            all(difference.agrees for difference in self.differences)
            and not self.mismatches
            and self._is_whole(self.only_one, "B")
            and self._is_whole(self.only_other, "A")
        )

    def _is_whole(self, only: OnlyHere, lacking: str) -> bool:
        skipped = self.sparseness is not None and self.sparseness.sparse == lacking
        return not only.rows or (skipped and only.is_epochs_alone)


def compare_runs(one: Run, other: Run, tolerance: Tolerance) -> Comparison:
    """Compare two runs by their tables, and by lines between epochs where one skipped what the other has.

    Raises:
        UserError: They have no measurement in common.
    """
    names = str(one.path), str(other.path)
    plain = compare_tables(one.measurements, other.measurements, tolerance, names=names)
    sparseness = None
    for sparse, dense, name in ((one, other, "A"), (other, one, "B")):
        schedule = sparse.manifest.get("schedule")
        if isinstance(schedule, Mapping) and not _is_adaptive(dense):
            sparseness = sparseness or compare_with_dense(
                sparse.measurements,
                dense.measurements,
                schedule,
                sparse.manifest.get("facts") or {},
                name=name,
                steering=[e.label for e in sparse.spec.measure.estimators if e.reach == "snapshot"],
            )
    return plain.model_copy(
        update={
            "changes": tuple(_changes(_parts(one), _parts(other))),
            "unfinished": tuple(
                f"{name} is {run.manifest.get('state')}"
                for name, run in (("A", one), ("B", other))
                if run.manifest.get("state") != "done"
            ),
            "sparseness": sparseness,
        }
    )


def _parts(run: Run) -> dict[str, Any]:
    document = run.spec.document()
    return {part: document[part] for part in PARTS}


def _is_adaptive(run: Run) -> bool:
    return isinstance(run.manifest.get("schedule"), Mapping)


def compare_tables(
    one: pd.DataFrame, other: pd.DataFrame, tolerance: Tolerance, *, names: tuple[str, str] = ("A", "B")
) -> Comparison:
    """Compare two tables with the columns of `ibspec.results.COLUMNS`.

    Raises:
        UserError: They have no measurement in common, or one has a measurement twice.
    """
    one, other = with_channel_numbers(one), with_channel_numbers(other)
    for table, name in zip((one, other), names, strict=True):
        if table.empty:
            raise UserError(f"compare: {name} has no measurements")
        if table.duplicated(KEYS).any():
            twice = table.loc[table.duplicated(KEYS), KEYS].iloc[0].to_dict()
            raise UserError(f"compare: {name} has a measurement twice: {twice}")
    joined = join(one, other)
    if joined.empty:
        raise UserError(f"compare: {names[0]} and {names[1]} have no measurement in common{_why(one, other)}")
    return Comparison(
        one=names[0],
        other=names[1],
        tolerance=tolerance,
        rows=len(joined),
        differences=tuple(find_differences(joined, tolerance)),
        mismatches=tuple(find_mismatches(joined, tolerance)),
        only_one=only_in(one, other),
        only_other=only_in(other, one),
    )


def _why(one: pd.DataFrame, other: pd.DataFrame) -> str:
    """Name the first thing in which two tables have nothing in common."""
    for name in ("estimator", "layer", "view", "replica", "epoch"):
        here, there = (list(dict.fromkeys(map(str, table[name]))) for table in (one, other))
        if not set(here) & set(there):
            return f": {name}s are {shorten(here, 4)} in the one, {shorten(there, 4)} in the other"
    return ""


def _changes(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Give `training.epochs: 300 in A, 8000 in B` for every key that differs, of two kinds the kind."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if one.get("kind") != other.get("kind"):
            yield f"{path}: {one.get('kind')} in A, {other.get('kind')} in B"
            return
        for key in dict.fromkeys([*one, *other]):
            yield from _changes(one.get(key), other.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from _changes(*pair, f"{path}[{index}]")
    elif one != other and path not in UNIMPORTANT:
        yield f"{path}: {_brief(one)} in A, {_brief(other)} in B"


def _brief(value: Any) -> str:
    """Write a value of a spec; a list by the kinds of what is in it."""
    items = value if isinstance(value, list) else [value]
    words = [
        str(item["kind"]) if isinstance(item, Mapping) and "kind" in item else str(item) for item in items
    ]
    return f"[{', '.join(words)}]" if isinstance(value, list) else words[0]
