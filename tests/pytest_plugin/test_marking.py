"""Mistakes in markers are usage errors that name the test."""

import pytest

GOOD = 'kind="theorem", expected="holds", source="s", says="t."'


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        (f'@pytest.mark.claim("a.b", {GOOD.replace("theorem", "lemma")})', "*test_x*kind*'lemma'*"),
        (f'@pytest.mark.claim("a.b", {GOOD.replace("holds", "true")})', "*test_x*expected*'true'*"),
        (
            f'@pytest.mark.claim("a.b", {GOOD.replace("holds", "refuted")})',
            "*test_x*kind `theorem` is expected*",
        ),
        (f'@pytest.mark.claim("ab", {GOOD})', "*test_x*id*'ab'*"),
        ('@pytest.mark.claim("a.b", kind="theorem", expected="holds")', "*test_x*lacks source, says*"),
        (f"@pytest.mark.claim({GOOD})", "*test_x*takes the id first*"),
        (f'@pytest.mark.claim("a.b", {GOOD}, colour="red")', "*test_x*colour*'red'*"),
        (f'@pytest.mark.xfail\n@pytest.mark.claim("a.b", {GOOD})', "*test_x*cannot be `xfail`*"),
        (f'@pytest.mark.claim("a.c", {GOOD})\n@pytest.mark.claim("a.b", {GOOD})', "*test_x*several `claim`*"),
        (f'@pytest.mark.claim("a.b", {GOOD.replace("t.", " t.")})', "*test_x*says*one line*"),
    ],
)
def test_wrong_markers_are_refused(suite, marker, message):
    outcome = suite(f"{marker}\ndef test_x(): pass\n")
    assert outcome.result.ret == pytest.ExitCode.USAGE_ERROR
    outcome.result.stderr.fnmatch_lines([message])
    assert not outcome.directory.exists()


def test_one_claim_has_one_test(suite):
    outcome = suite('@claim("a.b")\ndef test_x(): pass\n@claim("a.b")\ndef test_y(): pass\n')
    assert outcome.result.ret == pytest.ExitCode.USAGE_ERROR
    outcome.result.stderr.fnmatch_lines(["*test_y: claim 'a.b' is already judged by *test_x"])


def test_a_parametrised_claim_is_several_tests(suite):
    outcome = suite('@claim("a.b")\n@pytest.mark.parametrize("n", [1, 2])\ndef test_x(n): pass\n')
    assert outcome.result.ret == pytest.ExitCode.USAGE_ERROR
    outcome.result.stderr.fnmatch_lines(["*test_x?2?: claim 'a.b' is already judged by *test_x?1?"])


def test_mistakes_show_even_where_k_leaves_the_test_out(suite):
    outcome = suite('@claim("ab")\ndef test_x(): pass\n@claim("a.b")\ndef test_y(): pass\n', "-k", "test_y")
    assert outcome.result.ret == pytest.ExitCode.USAGE_ERROR
    outcome.result.stderr.fnmatch_lines(["*test_x*id*"])
