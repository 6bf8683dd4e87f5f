"""`ibspec tune-noise` and `ibspec sample-size`: what they say, and their messages."""

import json
import re
import shutil

import pytest

from ibspec.loading import load
from ibspec.results import read_sealed
from tests.cli.conftest import Ran, ask


def number(said, name):
    (found,) = re.findall(rf"{name} ([\d.e+-]+)", said.out)
    return float(found)


def test_the_reconstruction_nearest_to_the_published_value() -> None:
    said = ask("tune-noise", "--criterion", "label-entropy-nats")
    assert (said.code, said.err) == (0, "")
    assert number(said, "noise_variance") == pytest.approx(0.07372, abs=5e-6)
    assert "(0.07179 to 0.076079 by the two ends of the bounds)" in said.out
    assert "nats equal to one in bits, which nothing justifies" in said.out


def test_a_shortfall_makes_the_published_words_a_number() -> None:
    said = ask("tune-noise", "--criterion", "label-information", "--short", "1e-3")
    assert number(said, "noise_variance") == pytest.approx(0.10558, abs=5e-6)
    assert "This does not determine a variance" in said.out


def test_a_criterion_without_a_root() -> None:
    said = ask("tune-noise", "--criterion", "label-information")
    assert said.code == 2
    assert (
        "no noise variance gives it: the upper information of one-hot labels in bits stays below" in said.err
    )
    assert "every smaller variance matches better" in said.out


def test_labels_of_a_spec_and_a_share_of_a_layer(tiny) -> None:
    said = ask("tune-noise", tiny, "--criterion", "label-entropy")
    assert said.code == 0, said.err
    assert number(said, "noise_variance") > 0
    said = ask("tune-noise", tiny, "--criterion", "layer-share", "--layer", "dense1", "--share", "0.5")
    untrained = number(said, "noise_variance")
    said = ask(
        *("tune-noise", tiny, "--criterion", "layer-share", "--layer", "dense1", "--share", "0.5"),
        "--epoch",
        3,
    )
    assert number(said, "noise_variance") != untrained
    assert "to 2.9534 bits" in said.out  # half of log2 60


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--criterion", "best"],
            "--criterion: no criterion 'best'. Known here: label-information, ",
        ),
        (
            ["--representation", "words"],
            "--representation: no representation 'words'. Known here: one-hot",
        ),
        (["--short", "-1"], "--short: wanted 0 or more; got -1"),
        (["--short", "nan"], "--short: wanted 0 or more; got nan"),
        (["--classes", "1"], "--classes: wanted 2 to 1000; got 1"),
        (["--criterion", "layer-share"], "--criterion layer-share wants a SPEC"),
    ],
)
def test_messages(arguments, message) -> None:
    said = ask("tune-noise", *arguments)
    assert said.code == 2
    assert said.err.startswith(f"ibspec: {message}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--layer: which layer? The spec measures dense1, dense2, output"),
        (
            ["--layer", "conv1"],
            "--layer: the spec measures no layer 'conv1'. It measures dense1, dense2, output",
        ),
        (["--layer", "dense1", "--share", "2"], "--share: wanted more than 0 and less than 1; got 2"),
        (["--layer", "dense1", "--epoch", "4"], "--epoch: wanted 0 to 3, training.epochs; got 4"),
    ],
)
def test_messages_about_a_layer(tiny, arguments, message) -> None:
    said = ask("tune-noise", tiny, "--criterion", "layer-share", *arguments)
    assert (said.code, said.complaint) == (2, message)


@pytest.fixture
def own(ran: Ran, tmp_path):
    """A run to write into."""
    return shutil.copytree(ran.path, tmp_path / "own")


def test_the_sweep_of_a_run_ends_where_the_run_did(own) -> None:
    """With as many rows as the run's probe had, all of them: the run's own last numbers."""
    said = ask("sample-size", own, "--least", 15, "--most", 60, "--draws", 2)
    assert said.code == 0, said.err
    assert said.out.rstrip().endswith("sample-size.json")
    found = read_sealed(own / "sample-size.json")
    table = load(own).measurements
    last = table[(table.replica == 0) & (table.epoch == 3)]
    assert len(found["swept"]) == len(last) == 6
    for each in found["swept"]:
        assert each["sizes"] == [15, 30, 60]
        assert each["spreads"][-1] == pytest.approx(0, abs=1e-9)  # both draws take all rows
        (wanted,) = last[(last.layer == each["layer"]) & (last.estimator == each["estimator"])].i_xt
        assert each["means"][-1] == pytest.approx(wanted, abs=1e-9)


def test_messages_about_a_sweep(own) -> None:
    assert ask("sample-size", own, "--replica", 7).complaint.endswith(
        "the weights of replica 7 were not kept; there are those of 0, 1"
    )
    said = ask("sample-size", own, "--most", 60)
    assert said.complaint.startswith("sample-size: the probe has 60 rows to choose from, and two doublings")
    assert ask("sample-size", own, "--draws", 0).complaint.startswith("wanted --draws 1 or more")
    said = ask("sample-size", own, "--most", 10**9)
    assert said.code == 2
    assert "measure.probe.size: wanted 1000000000 rows" in said.complaint


def test_damaged_weights_are_named(own) -> None:
    path = own / "final.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    assert f"{path} is damaged" in ask("sample-size", own, "--least", 15).complaint
    manifest = json.loads((own / "manifest.json").read_text())
    assert "final.safetensors" in manifest["files"]
