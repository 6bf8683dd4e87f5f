"""`ibspec calibrate`: how far estimators are off where the truth is known."""

from collections.abc import Sequence
from pathlib import Path

import typer
from pydantic import ValidationError

from ibspec.calibrate import NAME, Calibration, calibrate, summarise
from ibspec.calibrate.standard import members, named, standard
from ibspec.cli.counting import counting
from ibspec.core import UserError, write_atomically
from ibspec.figures import render
from ibspec.figures.calibration import draw_calibration
from ibspec.report import write_estimator_pages


def run_calibration(
    estimators: Sequence[str],
    samples: str,
    dims: str,
    laws: str | None,
    seeds: int,
    out: Path,
    docs: Path | None,
    workers: int | None,
    *,
    quiet: bool,
) -> None:
    """Carry out what is missing, then write table, figures and, if asked for, a page an estimator."""
    try:
        chosen = tuple(each for words in estimators for each in named(words))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"][1:]))
        raise UserError(f"--estimators: {place or 'the JSON'}: {first['msg']}") from None
    wanted = {
        "estimators": chosen or tuple(each for member in members() for each in standard(member)),
        "samples": _numbers("--samples", samples),
        "dims": _numbers("--dims", dims),
        "seeds": seeds,
    }
    if laws is not None:
        wanted["laws"] = tuple(word.strip() for word in laws.split(","))
    if seeds < 1:
        raise UserError(f"--seeds: wanted at least 1; got {seeds}")
    with counting("trial", quiet=quiet) as tell:
        trials = calibrate(
            Calibration.model_validate(wanted),
            out,
            workers=workers,
            on_trial=lambda done, total: tell(done, total, ""),
        )
    summary = summarise(trials)
    write_atomically(out / "summary.csv", summary.to_csv(index=False))
    for label in summary["estimator"].unique():
        drawing = draw_calibration(summary, str(label))
        if drawing is not None:
            for form in ("png", "svg"):
                write_atomically(out / "figures" / f"{drawing.name}.{form}", render(drawing, form))
    if docs is not None:
        write_estimator_pages(summary, docs)
    refused = int((trials["status"] != "ok").sum())
    pages = "" if docs is None else f"; pages in {docs}"
    typer.echo(
        f"{len(trials)} trials, {refused} refused; table {out / NAME}.parquet, "
        f"summary {out / 'summary.csv'}, figures in {out / 'figures'}{pages}"
    )


def _numbers(option: str, words: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(word.replace("_", "")) for word in words.split(","))
    except ValueError:
        raise UserError(f"{option}: wanted whole numbers with commas between; got '{words}'") from None
    if min(numbers) < 1:
        raise UserError(f"{option}: wanted numbers above 0; got {min(numbers)}")
    return numbers
