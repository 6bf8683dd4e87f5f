import pytest
from hypothesis.errors import FlakyFailure

from ibspec.claims import Claim, Judgement, is_refutation, judge


def claim(kind="theorem", expected="holds"):
    return Claim(id="a.b", says="A.", source="B.", kind=kind, expected=expected)


@pytest.mark.parametrize(
    ("kind", "expected", "opposite"),
    [
        ("theorem", "holds", "refuted"),
        ("erratum", "refuted", "holds"),
        ("finding", "supported", "not supported"),
        ("finding", "not supported", "supported"),
    ],
)
def test_a_check_that_ends_finds_what_is_expected_and_a_failed_assertion_the_opposite(
    kind, expected, opposite
):
    assert judge(claim(kind, expected), None) == expected
    assert judge(claim(kind, expected), AssertionError("no")) == opposite


@pytest.mark.parametrize("expected", ["undecided", "artefact"])
def test_without_an_opposite_a_failed_assertion_is_an_error_unless_the_check_says_what_it_found(expected):
    finding = claim("finding", expected)
    assert judge(finding, AssertionError()) == "error"
    assert judge(finding, AssertionError(), "supported") == "supported"
    assert judge(finding, None, "not supported") == "not supported"


@pytest.mark.parametrize(
    "raised", [ValueError("x"), ZeroDivisionError(), KeyboardInterrupt(), RuntimeError("x")]
)
def test_anything_else_is_an_error_and_never_a_refutation(raised):
    assert judge(claim(), raised) == "error"
    assert judge(claim(), raised, "refuted") == "error"


def test_groups_refute_only_if_all_members_do():
    group = ExceptionGroup("two", [AssertionError(), ExceptionGroup("one", [AssertionError()])])
    assert is_refutation(group)
    assert not is_refutation(ExceptionGroup("mixed", [AssertionError(), ValueError()]))


def test_a_flaky_search_refutes_nothing():
    assert not is_refutation(FlakyFailure("flaky", [AssertionError()]))


def test_a_judgement_passes_where_the_verdict_is_the_expected_one():
    assert Judgement(claim=claim(), verdict="holds").passed
    assert not Judgement(claim=claim(), verdict="not measured").passed
    erratum = Judgement(claim=claim("erratum", "refuted"), verdict="refuted")
    assert erratum.passed
    assert Judgement.model_validate_json(erratum.model_dump_json()) == erratum


def test_what_was_not_said_of_a_check_is_empty():
    found = Judgement(claim=claim(), verdict="holds")
    assert (found.seconds, found.test, found.message, found.skipped) == (0.0, "", "", False)
