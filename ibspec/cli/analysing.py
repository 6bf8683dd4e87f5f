"""`ibspec analyse`: the events of a run, with intervals over its replicas."""

from pathlib import Path

from ibspec.analyse import analyse_run, in_words, write_analysis
from ibspec.cli.saying import say
from ibspec.cli.tabulating import tabulate
from ibspec.core import UserError
from ibspec.loading import load
from ibspec.report import write_run_page


def analyse_and_show(path: Path, estimator: str | None) -> None:
    """Analyse a run, write analysis.json and the run's page, and print what was found."""
    run = load(path)
    try:
        analysis = analyse_run(run)
        words = in_words(analysis if estimator is None else analysis.of(estimator))
    except UserError as error:
        raise UserError(f"{run.path}: {error}") from None
    written = write_analysis(analysis, run.path)
    for sheet in words.sheets:
        tabulate(sheet.head, sheet.rows, numbers=sheet.numbers, title=sheet.title or None)
    for line in (*words.caveats, *words.not_said):
        say(line)
    page = write_run_page(run)
    say(f"{words.summary}; {written}, page {page}")
