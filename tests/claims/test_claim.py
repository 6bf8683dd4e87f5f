from typing import get_args

import pytest
from pydantic import ValidationError

from ibspec.claims import Claim
from ibspec.claims.claim import EXPECTABLE, Kind, Verdict

FIELDS = {
    "id": "dpi.general",
    "says": "Processing only loses.",
    "source": "grabauskas-2019 eq. 2.7",
    "kind": "theorem",
    "expected": "holds",
}


def test_a_claim_is_a_frozen_value():
    claim = Claim(**FIELDS)
    assert claim == Claim(**FIELDS)
    assert claim.topic == "dpi"
    with pytest.raises(ValidationError, match="frozen"):
        claim.says = "Something else."


@pytest.mark.parametrize(
    "name", ["general", "Dpi.general", "dpi.", ".general", "dpi general", "dpi.a--b", ""]
)
def test_ids_are_topic_dot_name(name):
    with pytest.raises(ValidationError, match="id"):
        Claim(**FIELDS | {"id": name})


@pytest.mark.parametrize("field", ["says", "source"])
@pytest.mark.parametrize("text", ["", " x", "x  y", "two\nlines"])
def test_texts_are_one_trimmed_line(field, text):
    with pytest.raises(ValidationError, match=field):
        Claim(**FIELDS | {field: text})


@pytest.mark.parametrize(
    ("kind", "expected"), [("theorem", "refuted"), ("erratum", "holds"), ("finding", "holds")]
)
def test_a_kind_limits_what_can_be_expected(kind, expected):
    with pytest.raises(
        ValidationError, match=rf"kind `{kind}` is expected to be .*got expected='{expected}'"
    ):
        Claim(**FIELDS | {"kind": kind, "expected": expected})


@pytest.mark.parametrize("verdict", ["error", "not measured"])
def test_a_broken_check_cannot_be_expected(verdict):
    assert all(verdict not in verdicts for verdicts in EXPECTABLE.values())


def test_every_kind_can_be_stated_with_what_it_may_expect():
    assert set(get_args(Kind)) == EXPECTABLE.keys()
    for kind, verdicts in EXPECTABLE.items():
        for verdict in verdicts:
            assert Claim(**FIELDS | {"kind": kind, "expected": verdict}).expected == verdict
    judged = {verdict for verdicts in EXPECTABLE.values() for verdict in verdicts}
    assert judged | {"error", "not measured"} == set(get_args(Verdict))


def test_a_letter_is_a_text():
    assert Claim(**FIELDS | {"says": "P", "source": "Q"}).says == "P"
