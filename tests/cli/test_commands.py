"""The other commands, and how quickly help comes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import ibspec
from ibspec.cli.showing import _spell_bytes
from ibspec.figures import FIGURES
from ibspec.spec import FIGURE_NAMES, parse_spec, spec_schema
from tests.cli.conftest import ask
from tests.spec.documents import TINY

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "pandas", "matplotlib", "numpy", "scipy", "pyarrow", "sklearn"}

MODULES = """
import sys
from ibspec.cli import main
sys.argv = ["ibspec", *sys.argv[1:]]
try:
    main()
except SystemExit as stop:
    print("CODE", stop.code)
print("LOADED", *sorted(name for name in sys.modules if "." not in name))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["list", "runs"]])
def test_help_does_not_wait_for_torch(arguments, tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", MODULES, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=tmp_path,
    )
    assert "CODE 0" in result.stdout
    loaded = set(result.stdout.splitlines()[-1].split()[1:])
    assert loaded & HEAVY == set()


def test_help_names_the_commands():
    said = ask("--help")
    assert said.code == 0
    for command in ("run", "validate", "plan", "plot", "list", "schema"):
        assert f" {command} " in said.out


def test_no_arguments_show_the_help():
    said = ask()
    assert said.code == 2
    assert "Usage: ibspec" in said.out + said.err


def test_the_module_runs_the_command_line():
    result = subprocess.run(
        [sys.executable, "-m", "ibspec", "--version"], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout == f"{ibspec.__version__}\n"


def test_schema():
    said = ask("schema")
    assert said.code == 0
    assert json.loads(said.out) == spec_schema()


# validate and plan


def test_validate_says_what_would_run(tiny):
    said = ask("validate", tiny)
    assert said.code == 0
    assert said.err == ""
    assert said.out == (
        f"{tiny} is valid: tiny, digest {parse_spec(TINY).digest()[:8]}, layers dense1, dense2, output, "
        "data from scikit-learn, load_digits()\n"
    )


def test_plan_counts_what_would_run(tiny, tmp_path):
    said = ask("plan", tiny, "--device", "cpu", "--set", "training.epochs=5")
    assert said.code == 0
    assert said.err == ""
    lines = {line.split()[0]: line for line in said.out.splitlines()}
    assert lines["replicas"].split(maxsplit=1)[1].startswith("2 of 468 weights")
    assert lines["layers"].endswith("dense1, dense2, output")
    assert lines["measurements"].split()[1] == "72"
    for key in ("time", "memory", "disk"):
        assert "about" in lines[key]
    assert [path.name for path in tmp_path.iterdir()] == ["spec.json"]


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0.0 KiB"),
        (5_300, "5.2 KiB"),
        (30_000, "29 KiB"),
        (1_500_000, "1.4 MiB"),
        (2**30 - 1, "1,024 MiB"),
        (2**44, "16,384 GiB"),
    ],
)
def test_sizes_as_people_say_them(size, text):
    assert _spell_bytes(size) == text


# list


def test_list_specs_where_there_are_some(monkeypatch):
    monkeypatch.chdir(ROOT)
    said = ask("list")
    assert said.code == 0
    listed = [line.split()[0] for line in said.out.splitlines()]
    assert listed == [
        f"specs/{path.name}" for path in sorted((ROOT / "specs").glob("*.json")) if path.stem != "schema"
    ]
    assert all(len(line.split(maxsplit=1)[1]) > 20 for line in said.out.splitlines())


def test_list_specs_where_there_are_none():
    assert ask("list", "specs").out == "no specs in specs/ here\n"


def test_list_specs_skips_over_what_is_no_json(tmp_path):
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "broken.json").write_bytes(b"\xff{")
    (tmp_path / "specs" / "good.json").write_text(json.dumps({"about": "A good one. And more."}))
    assert ask("list", "specs").out == "specs/broken.json  \nspecs/good.json  A good one\n"


def test_list_runs(ran):
    said = ask("list", "runs", "--out", ran.path.parents[1])
    assert said.code == 0
    assert said.out == f"{ran.path}  done, 48 measurements\n"
    assert ask("list", "runs").out == "no runs in runs/\n"


@pytest.mark.parametrize(
    ("what", "kinds"),
    [
        ("data", {"digits", "mnist", "symmetric-bits"}),
        ("models", {"cnn", "mlp"}),
        ("estimators", {"binning", "kde"}),
        ("schedules", {"every", "listed", "log-spaced", "segments"}),
        ("optimisers", {"adadelta", "adam", "sgd"}),
    ],
)
def test_list_kinds_each_with_a_sentence(what, kinds):
    said = ask("list", what)
    assert said.code == 0
    found = {line.split()[0]: line.split(maxsplit=1)[1] for line in said.out.splitlines()}
    assert set(found) >= kinds
    assert all(sentence.endswith(".") for sentence in found.values())


def test_list_figures_that_a_spec_may_ask_for():
    assert ask("list", "figures").out.split() == list(FIGURE_NAMES)
    assert list(FIGURE_NAMES) == list(FIGURES)


# plot


def test_plot_one_figure_again(ran):
    before = {path: path.read_bytes() for path in (ran.path / "figures").iterdir()}
    said = ask("plot", ran.path, "--figure", "plane")
    assert said.code == 0
    *files, page = said.out.splitlines()
    assert files
    assert all(Path(file).is_file() for file in files)
    assert all(Path(file).name.startswith("plane") for file in files)
    assert page == f"report {ran.path / 'report.html'}"
    assert {path: path.read_bytes() for path in (ran.path / "figures").iterdir()} == before


def test_plot_the_newest_run_of_a_spec(ran):
    said = ask("plot", ran.path.parent, "--figure", "loss")
    assert said.code == 0
    assert str(ran.path / "figures" / "loss") in said.out


def test_plot_several_runs_side_by_side(ran):
    said = ask("plot", ran.path, ran.path.parent, "--figure", "side-by-side")
    assert said.code == 0
    files = [Path(line) for line in said.out.splitlines()]
    assert [file.name for file in files] == ["side-by-side-tiny.png", "side-by-side-tiny.svg"]
    for file in files:
        assert file.parent == ran.path / "figures"
        file.unlink()  # other tests count the run's own figures


def test_plot_says_why_there_is_nothing_to_draw(tiny):
    assert ask("run", tiny, "--quiet", "--set", "training.epochs=0", "--set", "figures=[]").code == 0
    said = ask("plot", "runs/tiny", "--figure", "before-after")
    assert said.code == 2
    assert "no figure was drawn: " in said.complaint
    assert "epoch 0 only" in said.complaint
