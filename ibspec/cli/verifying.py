"""`ibspec verify`: the theory by its suite of claims, or a run by its table."""

import importlib.util
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import typer

from ibspec.claims import Judgement
from ibspec.cli.saying import say
from ibspec.core import RunError, UserError

SUITE: Final = Path("verification")

NEEDED: Final = ("pytest", "hypothesis")

DIFFERS: Final = 1

# pytest's own exit codes; 0 and 1 mean the same here.
BROKEN_OFF: Final = 2
NOTHING_CHOSEN: Final = 5
BAD_USAGE: Final = 4


def verify_theory(keyword: str | None, report: Path | None, *, long: bool) -> None:
    """Run pytest over verification/ of this directory and end with our exit codes."""
    if not SUITE.is_dir():
        raise UserError(
            f"verify: there is no {SUITE}/ in this directory. The claims come with ibspec's sources: call "
            "this at their top, or name a RUN to judge what it measured"
        )
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"verify: {' and '.join(missing)} not installed; pip install 'ibspec[test]' brings what it needs"
        )
    arguments = [str(SUITE)]
    if keyword is not None:
        arguments += ["-k", keyword]
    if report is not None:
        arguments += ["--claims-report", str(report)]
    if long:
        arguments.append("--claims-long")
    code = subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode
    if code == NOTHING_CHOSEN:
        chosen = "" if keyword is None else f" that -k {keyword!r} chooses"
        raise UserError(f"verify: {SUITE}/ has no claims{chosen}")
    if code == BAD_USAGE:
        raise UserError("verify: pytest refused the arguments; its message stands above")
    if code < 0 or code > NOTHING_CHOSEN:
        raise RunError(f"verify: pytest was ended from outside (exit status {code})")
    if code:
        raise typer.Exit(DIFFERS)


def verify_run(path: Path, keyword: str | None, report: Path | None, *, long: bool) -> None:
    """Judge a run, write verification.json and its page, and say what was found."""
    given = {"-k": keyword is not None, "--report": report is not None, "--long": long}
    unfit = [name for name, is_given in given.items() if is_given]
    if unfit:
        raise UserError(f"verify: {', '.join(unfit)} is for verification/ and cannot stand beside a RUN")
    from ibspec.loading import load
    from ibspec.report import write_run_page
    from ibspec.verify import judge_run_claims, write_verification

    run = load(path)
    if run.measurements.empty:
        raise UserError(f"{run.path}: nothing was measured, so there is nothing to judge")
    verification = judge_run_claims(run)
    written = write_verification(verification, run.path)
    page = write_run_page(run)
    width = max(len(judgement.claim.id) for judgement in verification.judgements)
    for judgement in verification.judgements:
        say(f"{judgement.claim.id:<{width}}  {_found(judgement)}")
    if verification.state != "done":
        say(f"the run is not finished ({verification.state}): this is about what it has measured so far")
    counts = Counter(judgement.verdict for judgement in verification.judgements)
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
    surprises = len(verification.surprises)
    end = f"{surprises} not as expected" if surprises else "all as expected"
    say(f"claims: {told}; {end}; {written}; report {page}")
    if surprises:
        raise typer.Exit(DIFFERS)


def _found(judgement: Judgement) -> str:
    """Return verdict and reason in one line."""
    evidence = judgement.evidence
    if judgement.claim.kind == "finding":
        why = "; ".join(f"{name}: {value}" for name, value in evidence.numbers.items())
    else:
        why = judgement.message
    if judgement.verdict == "refuted" and evidence.counterexample:
        place = ", ".join(f"{name} {value}" for name, value in evidence.counterexample.items())
        why = f"{why}; worst at {place}"
    return f"{judgement.verdict}{f'  ({why})' if why else ''}"
