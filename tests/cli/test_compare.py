"""`ibspec compare`: exit codes, what it prints, and its JSON."""

import json
from pathlib import Path

import pytest

from ibspec.cli import comparing
from ibspec.compare import Expected
from tests.cli.conftest import Ran, Said, ask
from tests.spec.documents import TINY

ADAPTIVE = '{"kind": "delta-exact", "delta": 0.2, "normalised": false}'


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """Run the tiny spec with changes, each once."""
    place, made = tmp_path_factory.mktemp("compared"), {}

    def run(*changes: str) -> Path:
        if changes not in made:
            (place / "tiny.json").write_text(json.dumps(TINY))
            out = place / str(len(made))
            overrides = [word for change in changes for word in ("--set", change)]
            said = ask("run", place / "tiny.json", "--out", out, "--quiet", "--set", "figures=[]", *overrides)
            assert said.code == 0, said.err
            (made[changes],) = (out / "tiny").iterdir()
        return made[changes]

    return run


def last(said: Said) -> str:
    return said.out.splitlines()[-1]


def test_a_run_and_its_repetition(ran: Ran, make) -> None:
    said = ask("compare", ran.path, make())
    assert (said.code, said.err) == (0, "")
    assert last(said).startswith("A and B agree exactly: 48 common rows, ")
    assert said.out.startswith(f"A  {ran.path}\nB  {make()}\n")


def test_the_newest_run_of_a_spec(ran: Ran) -> None:
    assert ask("compare", ran.path.parent, ran.path).code == 0


def test_another_seed(ran: Ran, make, tmp_path) -> None:
    said = ask("compare", ran.path, make("training.seed=9"), "--json", tmp_path / "found.json")
    assert (said.code, said.err) == (1, "")
    assert last(said).startswith("A and B DISAGREE: ")
    assert "numbers differ by more than 1e-09 bits" in last(said)
    assert "training.seed: 0 in A, 9 in B" in said.out
    for word in ("layer", "estimator", "column", "largest", "dense1", "i_xt", "replica"):
        assert word in said.out
    document = json.loads((tmp_path / "found.json").read_text())
    assert document["agrees"] is False
    assert document["rows"] == 48
    beyond = sum(each["beyond"] for each in document["differences"])
    assert last(said).startswith(f"A and B DISAGREE: {beyond} numbers")


def test_a_wide_tolerance(make) -> None:
    kde = 'measure.estimators=[{"kind": "kde", "noise_variance": 0.1}]'
    one, other = make(kde), make(kde, "training.seed=9")
    assert ask("compare", one, other).code == 1
    said = ask("compare", one, other, "--atol", "100")
    assert said.code == 0
    assert "A and B agree within 100 bits, the largest difference " in last(said)
    said = ask("compare", one, other, "--rtol", "2", "--atol", "0")
    assert said.code == 0
    assert "within 0 bits + 2 of the larger number" in last(said)


def test_rows_in_one_only(ran: Ran, make) -> None:
    other = make('measure.layers=["dense1", "output"]', "training.replicas=1")
    said = ask("compare", ran.path, other)
    assert said.code == 1
    assert "only in A: " in said.out
    assert "replica 1; layer dense2" in said.out
    assert "rows are in A only" in last(said)


def test_an_adaptive_run_against_a_dense_one(make) -> None:
    epochs = "training.epochs=30"
    sparse, dense = make(epochs, f"measure.when={ADAPTIVE}"), make(epochs, 'measure.when={"kind": "every"}')
    said = ask("compare", sparse, dense)
    assert (said.code, said.err) == (0, "")
    assert "measure.when: delta-exact in A, every in B" in said.out
    assert "A: delta-exact, delta 0.2 bits: " in said.out
    assert "A, interpolated linearly between its measured epochs, against the dense run" in said.out
    assert "% within 2 delta of the interpolated curves" in said.out
    assert last(said).startswith("A and B agree exactly: ")
    turned = ask("compare", dense, sparse)
    assert turned.code == 0
    assert "B: delta-exact, delta 0.2 bits: " in turned.out


def expecting(tolerance: float, found: float, **more: object) -> str:
    expectation = {"what": "test_loss", "value": found, "tolerance": tolerance, "source": "me"} | more
    return f"expect={json.dumps([expectation])}"


def test_expected_values(make) -> None:
    met, unmet = make(expecting(100.0, 1.0)), make(expecting(0.001, 99.0))
    said = ask("compare", met)
    assert (said.code, said.err) == (0, "")
    assert last(said) == "1 of 1 expected values met"
    assert "test_loss" in said.out
    said = ask("compare", unmet)
    assert said.code == 1
    assert last(said) == "0 of 1 expected values met"
    assert "NO" in said.out


def test_values_as_json(make, tmp_path) -> None:
    assert ask("compare", make(expecting(100.0, 1.0)), "--json", tmp_path / "found.json").code == 0
    (found,) = json.loads((tmp_path / "found.json").read_text())
    assert (found["what"], found["agrees"], found["source"]) == ("test_loss", True, "me")


def test_an_expected_value_that_was_not_measured(ran: Ran, monkeypatch) -> None:
    """As in a run that was broken off: neither met nor missed."""
    lost = Expected(what="i_xt", where="output", value=1, tolerance=0.1, found=None, agrees=None, source="me")
    monkeypatch.setattr(comparing, "compare_with_expected", lambda run: [lost])
    said = ask("compare", ran.path)
    assert said.code == 2
    assert "not measured" in said.out
    assert "compare: 1 of 1 expected values were not measured" in said.err
    wrong = lost.model_copy(update={"found": 3.0, "agrees": False})
    monkeypatch.setattr(comparing, "compare_with_expected", lambda run: [lost, wrong])
    assert ask("compare", ran.path).code == 1


def test_what_files_say_is_shown_and_not_obeyed(ran: Ran, monkeypatch) -> None:
    odd = Expected(
        what="i_xt", where="[red]\x1b[2Jgone", value=1, tolerance=0.1, found=1.0, agrees=True, source="me"
    )
    monkeypatch.setattr(comparing, "compare_with_expected", lambda run: [odd])
    said = ask("compare", ran.path)
    assert "\x1b" not in said.out
    assert "[red]\\x1b[2Jgone" in said.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{run}"], "has no `expect`; name a second run"),
        (["{run}", "--atol", "1"], "--rtol and --atol need a B"),
        (["{run}", "{run}", "--atol", "-1"], "--atol: wanted a number, 0 or larger; got -1"),
        (["{run}", "{run}", "--rtol", "nan"], "--rtol: wanted a number, 0 or larger; got nan"),
        (["{run}", "nowhere"], "nowhere: no such directory"),
        (["nowhere", "{run}"], "nowhere: no such directory"),
        (["{run}", "."], "not a run directory"),
    ],
)
def test_what_cannot_be_compared(ran: Ran, arguments, message) -> None:
    said = ask("compare", *(str(each).format(run=ran.path) for each in arguments))
    assert said.code == 2
    assert message in said.complaint


def test_nothing_in_common(ran: Ran, make) -> None:
    other = make('measure.estimators=[{"kind": "kde", "noise_variance": 0.5}]')
    said = ask("compare", ran.path, other)
    assert said.code == 2
    assert "have no measurement in common: estimators are" in said.complaint
