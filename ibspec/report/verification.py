"""The record of a verification run: a page for people, JSON and JUnit XML for programs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, final

from ibspec.claims import Judgement, Kind, Margin, Verdict
from ibspec.claims.evidence import Value
from ibspec.core import Frozen, write_atomically
from ibspec.report.verification_junit import junit_xml
from ibspec.report.verification_page import verification_page
from ibspec.report.verification_run import VerificationRun

SCHEMA = "claims.schema.json"


@final
class Entry(Frozen):
    """One claim and what was found, flat.

    Attributes:
        id, says, source, kind, expected: The claim.
        verdict: What was found.
        passed: Whether that is what was expected.
        cases: Inputs tried; 0 where they were not counted.
        margins: For each kind of comparison the one that came closest to failing.
        counterexample: An input on which the statement fails, as named numbers.
        numbers: Further named numbers.
        figure: Path of the figure beside this file, or null.
        caption: Its caption.
        seconds: How long the check ran.
        test: The check, as pytest names it.
        message: Why, where the verdict is not the expected one.
    """

    id: str
    says: str
    source: str
    kind: Kind
    expected: Verdict
    verdict: Verdict
    passed: bool
    cases: int
    margins: tuple[Margin, ...]
    counterexample: dict[str, Value]
    numbers: dict[str, Value]
    figure: str | None
    caption: str | None
    seconds: float
    test: str
    message: str


@final
class ClaimsFile(Frozen):
    """What `claims.json` holds; its schema is written beside it.

    Attributes:
        format: Version of this layout; it grows when a field changes its meaning or goes away.
        run: The run that found it.
        claims: One entry a claim, in the order of the checks.
    """

    format: Literal[1] = 1
    run: VerificationRun
    claims: tuple[Entry, ...]


def write_verification(
    judgements: Sequence[Judgement], figures: Mapping[str, str], directory: Path, *, run: VerificationRun
) -> Path:
    """Write index.html, claims.json with its schema, junit.xml and figures/*.svg; return the page's path.

    Args:
        judgements: What was found, in the order in which it is to be shown.
        figures: SVG text by claim id.
        directory: Made where it is missing; files of an earlier run are replaced.
        run: The run that found it.
    """
    for claim_id, svg in figures.items():
        write_atomically(directory / _figure_path(claim_id), svg)
    file = ClaimsFile(run=run, claims=tuple(_entry(judgement, figures) for judgement in judgements))
    content: dict[str, Any] = {"$schema": SCHEMA, **file.model_dump(mode="json")}
    write_atomically(directory / "claims.json", json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    write_atomically(directory / SCHEMA, json.dumps(claims_schema(), indent=1) + "\n")
    write_atomically(directory / "junit.xml", junit_xml(judgements, seconds=run.seconds))
    page = directory / "index.html"
    write_atomically(page, verification_page(judgements, figures, run=run))
    return page


def claims_schema() -> dict[str, Any]:
    """Return the JSON Schema of `claims.json`."""
    schema = ClaimsFile.model_json_schema(mode="serialization")
    schema["properties"] = {"$schema": {"type": "string"}, **schema["properties"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _entry(judgement: Judgement, figures: Mapping[str, str]) -> Entry:
    claim, evidence = judgement.claim, judgement.evidence
    return Entry(
        **claim.model_dump(),
        verdict=judgement.verdict,
        passed=judgement.passed,
        cases=evidence.cases,
        margins=evidence.margins,
        counterexample=evidence.counterexample,
        numbers=evidence.numbers,
        figure=_figure_path(claim.id) if claim.id in figures else None,
        caption=evidence.figure,
        seconds=round(judgement.seconds, 3),
        test=judgement.test,
        message=judgement.message,
    )


def _figure_path(claim_id: str) -> str:
    return f"figures/{claim_id}.svg"
