"""`ibspec compare`: two runs, or a run against the values that its spec expects."""

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import typer
from pydantic import TypeAdapter

from ibspec.cli.saying import say
from ibspec.cli.tabulating import tabulate
from ibspec.compare import (
    Comparison,
    Difference,
    Expected,
    OnlyHere,
    Sparseness,
    Tolerance,
    compare_runs,
    compare_with_expected,
)
from ibspec.core import UserError, write_atomically
from ibspec.loading import load

DIFFERS: Final = 1

MOST: Final = 40
"""Lines of a table; --json has all of them."""

EXPECTED: Final = TypeAdapter(list[Expected])


def compare_two(a: Path, b: Path, rtol: float | None, atol: float | None, json_file: Path | None) -> None:
    """Compare two runs, print what differs, and end with 1 where they disagree."""
    for name, value in (("--rtol", rtol), ("--atol", atol)):
        if value is not None and not (0 <= value < math.inf):
            raise UserError(f"{name}: wanted a number, 0 or larger; got {value}")
    given = {"relative": rtol, "absolute": atol}
    tolerance = Tolerance(**{name: value for name, value in given.items() if value is not None})
    found = compare_runs(load(a), load(b), tolerance)
    _write(json_file, json.loads(found.model_dump_json()) | {"agrees": found.agrees})
    say(f"A  {found.one}\nB  {found.other}")
    for line in (*found.unfinished, *_first(found.changes)):
        say(f"   {line}")
    _print_differences(found)
    for mismatch in found.mismatches:
        say(
            f"{mismatch.column}: {mismatch.rows} rows differ; first {mismatch.first}: "
            f"{mismatch.one!r} in A, {mismatch.other!r} in B"
        )
    for name, only in (("A", found.only_one), ("B", found.only_other)):
        if only.rows:
            say(f"only in {name}: {only.rows} rows; {only.in_words()}")
    if found.sparseness is not None:
        _print_sparseness(found.sparseness)
    say(_last_line(found))
    if not found.agrees:
        raise typer.Exit(DIFFERS)


def compare_expected(a: Path, rtol: float | None, atol: float | None, json_file: Path | None) -> None:
    """Compare a run with its spec's `expect`, and end with 1 where a value is not met."""
    if rtol is not None or atol is not None:
        raise UserError("compare: expected values have tolerances of their own; --rtol and --atol need a B")
    run = load(a)
    found = compare_with_expected(run)
    _write(json_file, EXPECTED.dump_python(found, mode="json"))
    say(f"A  {run.path}")
    rows = [
        (each.what, each.where, f"{each.value:g} ± {each.tolerance:g}", _number(each.found), _says(each))
        for each in found
    ]
    tabulate(("what", "where", "expected", "found", "agrees"), rows, numbers=(2, 3))
    missing = [each for each in found if each.agrees is None]
    wrong = [each for each in found if each.agrees is False]
    say(f"{len(found) - len(missing) - len(wrong)} of {len(found)} expected values met")
    if wrong:
        raise typer.Exit(DIFFERS)
    if missing:
        raise UserError(f"compare: {len(missing)} of {len(found)} expected values were not measured")


def _says(each: Expected) -> str:
    return {True: "yes", False: "NO", None: "not measured"}[each.agrees]


def _print_differences(found: Comparison) -> None:
    """Print the columns that differ at all, the worst first."""
    differing = [each for each in found.differences if each.largest > 0 or each.one_sided]
    if not differing:
        return
    differing.sort(key=lambda each: (each.agrees, -each.largest))
    tabulate(
        ("layer", "estimator", "column", "numbers", "largest", "at", "relative", "beyond", "one run only"),
        [_line(each) for each in differing[:MOST]],
        numbers=(3, 4, 6, 7, 8),
    )
    if len(differing) > MOST:
        say(f"and {len(differing) - MOST} more columns with smaller differences")


def _line(each: Difference) -> tuple[str, ...]:
    at = each.largest_at
    return (
        each.layer if each.view == "whole" else f"{each.layer}, {each.view}",
        each.estimator,
        each.column,
        str(each.rows),
        _number(each.largest),
        "" if at is None else at.in_words(),
        _number(each.relative),
        str(each.beyond),
        str(each.one_sided),
    )


def _print_sparseness(found: Sparseness) -> None:
    """Print what an adaptive schedule saved, and how far its lines are from the dense curves."""
    unit = "of H" if found.normalised else "bits"
    say(
        f"{found.sparse}: {found.schedule}, delta {found.delta:g} {unit}: {found.estimates} estimates in "
        f"place of {found.dense_estimates}, {100 * found.saved:.1f} % saved"
    )
    tabulate(
        ("estimator", "column", "largest [bits]", "of H", "at", "99 % [bits]", "of H", "one run only"),
        [
            (
                each.estimator,
                each.column,
                _number(each.largest),
                _share(each.largest_share),
                f"{each.largest_layer}, {each.largest_at.in_words()}",
                _number(each.common),
                _share(each.common_share),
                str(each.lost),
            )
            for each in found.errors
        ],
        numbers=(2, 3, 5, 6, 7),
        title=f"{found.sparse}, interpolated linearly between its measured epochs, against the dense run",
    )
    say(
        f"of {found.epochs} dense epochs {100 * found.within / found.epochs:.2f} % lie within delta and "
        f"{100 * found.within_twice / found.epochs:.2f} % within 2 delta of the interpolated curves"
        if found.epochs
        else "no estimator that the schedule listened to is in both runs"
    )


def _last_line(found: Comparison) -> str:
    tolerance = found.tolerance
    within = f"{tolerance.absolute:g} bits"
    if tolerance.relative:
        within += f" + {tolerance.relative:g} of the larger number"
    largest = max((each.largest for each in found.differences), default=0.0)
    beyond = sum(each.beyond for each in found.differences)
    one_sided = sum(each.one_sided for each in found.differences)
    numbers = sum(each.rows for each in found.differences)
    common = f"{found.rows} common rows, {numbers} numbers"
    if found.agrees:
        how = "exactly" if largest == 0 else f"within {within}, the largest difference {largest:.3g}"
        return f"A and B agree {how}: {common}"
    told = [
        f"{beyond} numbers differ by more than {within}" if beyond else "",
        f"{one_sided} numbers are in one run only" if one_sided else "",
        *(f"{each.rows} rows differ in {each.column}" for each in found.mismatches),
        *_alone(found.only_one, "A"),
        *_alone(found.only_other, "B"),
    ]
    return f"A and B DISAGREE: {'; '.join(filter(None, told))} ({common})"


def _alone(only: OnlyHere, name: str) -> Iterable[str]:
    return [f"{only.rows} rows are in {name} only"] if only.rows else []


def _first(changes: Sequence[str], most: int = 8) -> list[str]:
    more = len(changes) - most
    return [*changes[:most], f"and {more} more keys"] if more > 0 else list(changes)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f} %"


def _write(file: Path | None, document: object) -> None:
    if file is not None:
        write_atomically(file, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
