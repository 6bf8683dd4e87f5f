"""From the marker on a test to a claim."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ibspec.claims import Claim

FIELDS = ("id", "kind", "expected", "source", "says")


def read_claims(items: Iterable[pytest.Item]) -> "dict[pytest.Item, Claim]":
    """Return the claim of each test that has one.

    Raises:
        UsageError: A marker is incomplete or contradicts itself, or two tests judge one claim; all
            such tests are named.
    """
    claims: dict[pytest.Item, Claim] = {}
    tests: dict[str, str] = {}
    problems: list[str] = []
    for item in items:
        markers = list(item.iter_markers("claim"))
        if not markers:
            continue
        try:
            claim = _read_claim(item, markers)
        except ValueError as problem:
            problems.append(f"{item.nodeid}: {problem}")
            continue
        if claim.id in tests:
            problems.append(f"{item.nodeid}: claim {claim.id!r} is already judged by {tests[claim.id]}")
        tests.setdefault(claim.id, item.nodeid)
        claims[item] = claim
    if problems:
        raise pytest.UsageError(*problems)
    return claims


def _read_claim(item: pytest.Item, markers: list[pytest.Mark]) -> "Claim":
    from pydantic import ValidationError

    from ibspec.claims import Claim

    if len(markers) > 1:
        raise ValueError("a test judges one claim; got several `claim` markers")
    if item.get_closest_marker("xfail"):
        raise ValueError("a claim cannot be `xfail`; say in `expected` what should be found")
    marker = markers[0]
    if len(marker.args) != 1:
        raise ValueError(f"the claim marker takes the id first, the rest by name; got {marker.args!r}")
    given = {"id": marker.args[0], **marker.kwargs}
    missing = [name for name in FIELDS if name not in given]
    if missing:
        raise ValueError(f"the claim marker lacks {', '.join(missing)}")
    try:
        return Claim(**given)
    except ValidationError as error:
        details = "; ".join(
            ".".join(str(part) for part in problem["loc"] or ("claim",)) + f": {problem['msg']}"
            f" (got {problem['input']!r})"
            for problem in error.errors()
        )
        raise ValueError(f"the claim marker is wrong: {details}") from None
