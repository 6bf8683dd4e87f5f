"""The judgements as JUnit XML, which every CI system can show."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from ibspec.claims import Judgement

NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""


def junit_xml(judgements: Sequence[Judgement], *, seconds: float) -> str:
    """Return one test case a claim, named by its id.

    A verdict other than the expected one is a failure; a broken check, or one that could not be set up,
    is an error; a check that was skipped or not reached is skipped.
    """
    suite = ElementTree.Element("testsuite", name="claims", time=f"{seconds:.3f}")
    counts = {"failure": 0, "error": 0, "skipped": 0}
    for judgement in judgements:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=_class_name(judgement.test),
            name=judgement.claim.id,
            time=f"{judgement.seconds:.3f}",
        )
        outcome = _outcome(judgement)
        if outcome is not None:
            counts[outcome] += 1
            message = f"found `{judgement.verdict}`, expected `{judgement.claim.expected}`"
            element = ElementTree.SubElement(case, outcome, message=message, type=judgement.verdict)
            element.text = NOT_IN_XML.sub("?", judgement.message)
    suite.set("tests", str(len(judgements)))
    suite.set("failures", str(counts["failure"]))
    suite.set("errors", str(counts["error"]))
    suite.set("skipped", str(counts["skipped"]))
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _outcome(judgement: Judgement) -> str | None:
    if judgement.passed:
        return None
    if judgement.skipped:
        return "skipped"
    return "error" if judgement.verdict in ("error", "not measured") else "failure"


def _class_name(test: str) -> str:
    """Turn `verification/theory/test_x.py::test_y` into `verification.theory.test_x`."""
    return test.split("::", 1)[0].removesuffix(".py").replace("/", ".").replace("\\", ".")
