"""Every code that an estimator can say is explained in docs/warnings.md, and nothing else is."""

import ast
import re
from pathlib import Path

import ibspec.estimators
from ibspec.core import Estimate, mean_estimate
from ibspec.report.warning_meanings import MEANINGS

ROOM = Path(ibspec.estimators.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "warnings.md"


def codes_in(source: str) -> set[str]:
    """Texts given to `warnings.append(...)` or listed in `warnings=(...)`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        appended = isinstance(node, ast.Call) and ast.unparse(node.func) == "warnings.append"
        listed = isinstance(node, ast.keyword) and node.arg in ("warnings", "codes")
        if appended or listed:
            leaves = [leaf.value for leaf in ast.walk(node) if isinstance(leaf, ast.Constant)]
            found |= {leaf for leaf in leaves if isinstance(leaf, str)}
    return found


def test_the_search_finds_codes() -> None:
    source = 'warnings.append("a-b")\nEstimate(warnings=("c", *more))\nother.append("d")\nf(name="e")'
    assert codes_in(source) == {"a-b", "c"}


def texts_in(source: str) -> set[str]:
    """All texts of a program, among them the codes that it hands about before it says them."""
    return {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_code_is_explained() -> None:
    files = [*ROOM.rglob("*.py"), ROOM.parent / "runner" / "looking_back.py"]
    sources = [file.read_text(encoding="utf-8") for file in files]
    said = set().union(*map(codes_in, sources)) - {" "}  # which joins them
    assert said, "the search found nothing: do estimators collect their codes in a list called `warnings`?"
    assert said <= set(MEANINGS)
    headings = set(re.findall(r"^## (\S+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert headings == set(MEANINGS) & set().union(*map(texts_in, sources))


def test_codes_of_single_channels_are_explained() -> None:
    mean = mean_estimate([Estimate(warnings=("saturated",)), Estimate()])
    assert mean.warnings == ("saturated-channels",)
    assert "<code>-channels" in PAGE.read_text(encoding="utf-8")
