"""From the outcome of a test to the verdict on its claim."""

import pytest

SUITE = """
@claim("good.theorem")
def test_good(evidence):
    evidence.case(x=1)
    evidence.equal(1.0, 1.0, within=1e-12, what="one")

@claim("bad.theorem")
def test_bad(evidence):
    evidence.case(x=2)
    evidence.equal(1.5, 1.0, within=1e-12, what="one")

@claim("good.erratum", kind="erratum", expected="refuted")
def test_erratum(evidence):
    evidence.differ(1.0, 2.0, by=0.1, printed=1.0, true=2.0)

@claim("bad.erratum", kind="erratum", expected="refuted")
def test_standing():
    assert 1 == 2, "the printed form is right"

@claim("broken.check")
def test_broken():
    raise ZeroDivisionError("bad code")

@pytest.fixture
def missing():
    raise OSError("no data")

@claim("set-up.fails")
def test_setup(missing):
    pass

@claim("set-up.asserts")
def test_setup_assertion(asserting):
    pass

@pytest.fixture
def asserting():
    assert False, "a failed assertion in set-up is no refutation"

@claim("tear-down.fails")
def test_teardown(leaking):
    pass

@pytest.fixture
def leaking():
    yield
    raise OSError("still open")

@claim("skipped.check")
def test_skipped():
    pytest.skip("not today")

@claim("missing.import")
def test_import():
    pytest.importorskip("no_such_module")

@claim("found.otherwise", kind="finding", expected="supported")
def test_found(evidence):
    evidence.find("artefact")

@claim("found.as-expected", kind="finding", expected="undecided")
def test_as_expected(evidence):
    evidence.find("undecided")

def test_ordinary():
    pass
"""

EXPECTED = {
    "good.theorem": ("holds", True),
    "bad.theorem": ("refuted", False),
    "good.erratum": ("refuted", True),
    "bad.erratum": ("holds", False),
    "broken.check": ("error", False),
    "set-up.fails": ("not measured", False),
    "set-up.asserts": ("not measured", False),
    "tear-down.fails": ("error", False),
    "skipped.check": ("not measured", False),
    "missing.import": ("not measured", False),
    "found.otherwise": ("artefact", False),
    "found.as-expected": ("undecided", True),
}


@pytest.fixture
def judged(suite):
    return suite(SUITE)


def test_every_outcome_has_its_verdict(judged):
    assert {name: (e["verdict"], e["passed"]) for name, e in judged.claims.items()} == EXPECTED


def test_pytest_itself_agrees(judged):
    judged.result.assert_outcomes(passed=5, failed=4, errors=3, skipped=2)
    assert judged.result.ret == pytest.ExitCode.TESTS_FAILED


def test_evidence_and_messages_arrive(judged):
    good, bad = judged.claims["good.theorem"], judged.claims["bad.theorem"]
    assert good["cases"] == 1
    assert good["margins"][0]["what"] == "one"
    assert good["counterexample"] == {}
    assert good["message"] == ""
    assert bad["counterexample"] == {"x": 2, "found": 1.5, "wanted": 1.0}
    assert "one: 1.5 should equal 1.0" in bad["message"]
    assert judged.claims["good.erratum"]["counterexample"] == {"printed": 1.0, "true": 2.0}
    assert "in set-up: OSError: no data" in judged.claims["set-up.fails"]["message"]
    assert "in tear-down: OSError: still open" in judged.claims["tear-down.fails"]["message"]
    assert "not today" in judged.claims["skipped.check"]["message"]
    assert "found `artefact`, expected `supported`" in judged.claims["found.otherwise"]["message"]


def test_evidence_of_one_test_does_not_reach_the_next(judged):
    assert judged.claims["tear-down.fails"]["margins"] == []
    assert judged.claims["broken.check"]["cases"] == 0


def test_junit_holds_the_claims_only(judged):
    suite = judged.junit.find("testsuite")
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "12",
        "failures": "3",
        "errors": "4",
        "skipped": "2",
    }
    cases = {case.get("name"): case for case in suite.findall("testcase")}
    assert list(cases) == list(EXPECTED)
    assert cases["good.theorem"].get("classname") == "test_suite"
    assert float(cases["good.theorem"].get("time")) >= 0
    assert cases["bad.theorem"].find("failure").get("message") == "found `refuted`, expected `holds`"
    assert "1.5 should equal 1.0" in cases["bad.theorem"].find("failure").text
    assert cases["broken.check"].find("error") is not None
    assert cases["set-up.fails"].find("error") is not None
    assert cases["skipped.check"].find("skipped") is not None
    assert len(cases["good.erratum"]) == 0


def test_the_last_line_counts_verdicts(judged):
    judged.result.stdout.fnmatch_lines(
        ["claims: 4 not measured, *; 9 not as expected; report: report*index.html"]
    )


def test_hypothesis_and_evidence_work_together(suite):
    """Both ways of writing a search; the smallest violation is the counterexample."""
    outcome = suite(
        """
@claim("direct.search")
@given(n=st.integers(0, 100))
@settings(derandomize=True, database=None)
def test_direct(evidence, n):
    evidence.case(n=n)
    evidence.at_most(n, 100)

@claim("direct.violation")
@given(n=st.integers(0, 100))
@settings(derandomize=True, database=None)
def test_violation(evidence, n):
    evidence.case(n=n)
    evidence.at_most(n, 9)

@claim("inner.violation")
def test_inner(evidence):
    @given(n=st.integers(0, 100))
    @settings(derandomize=True, database=None)
    def search(n):
        evidence.case(n=n)
        assert n < 10
    search()

@claim("unsatisfiable.search")
@given(n=st.integers(0, 100).filter(lambda n: False))
@settings(derandomize=True, database=None)
def test_unsatisfiable(evidence, n):
    pass
"""
    )
    assert outcome.verdicts == {
        "direct.search": "holds",
        "direct.violation": "refuted",
        "inner.violation": "refuted",
        "unsatisfiable.search": "error",
    }
    assert outcome.claims["direct.search"]["cases"] > 50
    assert outcome.claims["direct.violation"]["counterexample"] == {"n": 10, "found": 10, "wanted": 9}
    assert outcome.claims["inner.violation"]["counterexample"] == {"n": 10}
