"""The report is whole however pytest is called, and absent unless it is asked for."""

import json
import subprocess
import sys

import pytest

from ibspec.report.verification import ClaimsFile

TWO = """
@claim("first.claim")
def test_first(evidence):
    evidence.case(x=1)
    evidence.draw(lambda canvas: canvas.add_subplot().plot([0, 1]), "A line.")

@claim("second.claim")
def test_second():
    assert False

@claim("third.claim")
def test_third():
    pass
"""


def test_nothing_is_written_unless_asked_for(suite, pytester):
    outcome = suite(TWO, report=False)
    written = {path.name for path in pytester.path.iterdir() if not path.name.startswith((".", "__"))}
    assert written == {"test_suite.py"}
    outcome.result.stdout.fnmatch_lines(["claims: 2 holds, 1 refuted; 1 not as expected"])
    outcome.result.stdout.no_fnmatch_line("*report:*")


def test_without_claims_there_is_no_report_and_no_line(suite):
    outcome = suite("def test_ordinary(): pass\n")
    assert not outcome.directory.exists()
    outcome.result.stdout.no_fnmatch_line("claims:*")


def test_collecting_only_writes_nothing(suite):
    assert not suite(TWO, "--collect-only").directory.exists()


def test_a_figure_is_drawn_and_embedded(suite):
    outcome = suite(TWO)
    entry = outcome.claims["first.claim"]
    assert (entry["figure"], entry["caption"]) == ("figures/first.claim.svg", "A line.")
    assert "<svg" in (outcome.directory / entry["figure"]).read_text(encoding="utf-8")
    assert outcome.page.count("data:image/svg+xml;base64,") == 1


def test_a_figure_is_not_drawn_without_a_report(suite):
    body = TWO.replace("canvas.add_subplot().plot([0, 1])", "1 / 0")
    assert suite(body, report=False).result.parseoutcomes() == {"passed": 2, "failed": 1}
    assert suite(body).verdicts["first.claim"] == "error"


@pytest.mark.parametrize("choice", [("-k", "third"), ("-m", "claim", "-k", "third")])
def test_what_is_left_out_is_counted_and_not_shown(suite, choice):
    outcome = suite(TWO, *choice)
    assert outcome.verdicts == {"third.claim": "holds"}
    file = json.loads((outcome.directory / "claims.json").read_text(encoding="utf-8"))
    assert file["run"]["left_out"] == 2
    assert "2 more were left out" in outcome.page


def test_claims_after_the_stop_are_not_measured(suite):
    outcome = suite(TWO, "-x")
    assert outcome.verdicts == {
        "first.claim": "holds",
        "second.claim": "refuted",
        "third.claim": "not measured",
    }
    assert outcome.claims["third.claim"]["message"] == "the run ended before this claim"
    assert outcome.junit.find("testsuite").get("skipped") == "1"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_workers_hand_their_judgements_over(suite, workers):
    pytest.importorskip("xdist")
    outcome = suite(TWO, "-n", workers, "-p", "xdist")
    assert outcome.verdicts == {"first.claim": "holds", "second.claim": "refuted", "third.claim": "holds"}
    assert outcome.claims["first.claim"]["cases"] == 1
    assert outcome.page.count("data:image/svg+xml;base64,") == 1
    outcome.result.stdout.fnmatch_lines(["claims: 2 holds, 1 refuted; 1 not as expected; report: *"])


def test_json_is_what_its_model_says(suite):
    content = json.loads((suite(TWO).directory / "claims.json").read_text(encoding="utf-8"))
    assert content.pop("$schema") == "claims.schema.json"
    file = ClaimsFile.model_validate_json(json.dumps(content))
    assert [entry.id for entry in file.claims] == ["first.claim", "second.claim", "third.claim"]
    assert file.run.versions["ibspec"]


def test_json_follows_its_published_schema(suite):
    jsonschema = pytest.importorskip("jsonschema")
    outcome = suite(TWO)
    schema = json.loads((outcome.directory / "claims.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads((outcome.directory / "claims.json").read_text(encoding="utf-8")), schema)


def test_ordinary_runs_stay_light():
    """pytest loads the plugin in every run: it must not import what takes seconds."""
    heavy = ("torch", "pandas", "numpy", "matplotlib", "pydantic", "hypothesis")
    code = f"import sys, ibspec.pytest_plugin; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_options_explain_themselves(pytester):
    pytester.runpytest("--help").stdout.fnmatch_lines(["*--claims-report=DIR*", "*--claims-long*"])
    pytester.runpytest("--markers").stdout.fnmatch_lines(
        ["*pytest.mark.claim(id*", "*pytest.mark.can_fail(*"]
    )


def test_claims_are_chosen_by_id(suite):
    outcome = suite(
        """
@claim("topic.one")
def test_first(evidence):
    evidence.equal(1, 1, within=0)

@claim("other.two")
def test_second(evidence):
    evidence.equal(1, 1, within=0)
""",
        "-k",
        "topic.one",
    )
    outcome.result.assert_outcomes(passed=1, deselected=1)
