"""What `ibspec verify` found, as a section of a run's page."""

from pathlib import Path
from typing import final

from ibspec.claims import Judgement
from ibspec.core import Frozen
from ibspec.report.verification_page import MARKS, show_value, slug
from ibspec.verify import RunVerification, read_verification


@final
class Line(Frozen):
    """One claim in words: what was found, and what makes it so."""

    says: str
    verdict: str
    mark: str
    style: str
    is_surprise: bool
    evidence: tuple[str, ...]


@final
class Block(Frozen):
    """The claims on one estimator."""

    estimator: str
    lines: tuple[Line, ...]


@final
class Section(Frozen):
    """All claims on a run, and what a reader should know of when they were judged."""

    summary: str
    is_good: bool
    stale: str
    blocks: tuple[Block, ...]


def verification_section(directory: Path, measurements: int) -> Section | None:
    """Return the section of a run's page; None where the run was not verified.

    Args:
        directory: The run's directory.
        measurements: Rows of its table now; what was judged of fewer is marked as out of date.
    """
    found = read_verification(directory)
    if found is None:
        return None
    return Section(
        summary=_summary(found),
        is_good=not found.surprises,
        stale="" if found.measurements == measurements else _stale(found, directory, measurements),
        blocks=tuple(
            Block(
                estimator=part.estimator,
                lines=tuple(_line(part.estimator, judgement) for judgement in part.judgements),
            )
            for part in found.estimators
        ),
    )


def _summary(found: RunVerification) -> str:
    judged = sum(not judgement.skipped for judgement in found.judgements)
    end = f"{len(found.surprises)} not as expected" if found.surprises else "all as expected"
    return f"{judged} claims judged on {found.valid} valid measurements: {end}"


def _stale(found: RunVerification, directory: Path, measurements: int) -> str:
    return (
        f"Judged when the run had {found.measurements} measurements; now it has {measurements}. "
        f"`ibspec verify {directory.name}` judges it anew."
    )


def _line(estimator: str, judgement: Judgement) -> Line:
    """Return a claim without the name of its estimator, which stands above it."""
    says = judgement.claim.says.removeprefix(f"With {estimator}, ")
    return Line(
        says=says[:1].upper() + says[1:],
        verdict=judgement.verdict,
        mark=MARKS[judgement.verdict],
        style=slug(judgement.verdict),
        is_surprise=not judgement.passed and not judgement.skipped,
        evidence=tuple(_evidence(judgement)),
    )


def _evidence(judgement: Judgement) -> list[str]:
    evidence = judgement.evidence
    told = [f"{name}: {show_value(value)}" for name, value in evidence.numbers.items()]
    margin = evidence.headline
    if margin is not None and judgement.verdict == "holds":
        told.insert(0, f"closest: {margin.what}, by {show_value(float(f'{-margin.excess:.3g}'))} bits")
    if evidence.counterexample:
        pairs = (f"{name} {show_value(value)}" for name, value in evidence.counterexample.items())
        told.append("worst: " + ", ".join(pairs))
    return [text for text in ("; ".join(told), judgement.message) if text]
