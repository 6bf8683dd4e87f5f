"""`ibspec run`: what it prints, where things are afterwards, and its exit codes."""

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
import torch

from ibspec.cli.watching import Bar, Lines, spell_seconds
from ibspec.loading import load
from ibspec.runner import Moment
from ibspec.training import CompiledEngine
from tests.cli.conftest import ask
from tests.spec.documents import TINY

LAST = re.compile(
    r"done in (?:\d+ s|\d+ min \d\d s): (?P<made>\d+) measurements(?P<lost>.*) in (?P<run>[^;]+?)"
    r"(?:; information plane (?P<plane>\S+))?"
)

run_module = importlib.import_module("ibspec.runner.run")


def last_line(said):
    found = LAST.fullmatch(said.out.splitlines()[-1])
    assert found is not None, said
    return found


def test_it_ends_with_a_line_that_says_where_everything_is(ran):
    assert ran.said.code == 0
    assert len(ran.said.out.splitlines()) == 1
    found = last_line(ran.said)
    assert found["made"] == "48"
    assert found["lost"] == ""
    assert found["run"] == str(ran.path)
    assert found["plane"].startswith(f"{ran.path}/figures/plane-kde-0.1")
    with open(found["plane"], "rb") as file:
        assert file.read(8) == b"\x89PNG\r\n\x1a\n"


def test_it_leaves_tables_figures_and_a_page(ran):
    names = {path.relative_to(ran.path).as_posix() for path in ran.path.rglob("*") if path.is_file()}
    assert names >= {
        "history.parquet",
        "log.txt",
        "manifest.json",
        "measurements.parquet",
        "report.html",
        "spec.json",
        "timings.parquet",
    }
    figures = {name for name in names if name.startswith("figures/")}
    assert {name.rsplit(".", 1)[1] for name in figures} == {"png", "svg"}
    for kind in ("plane", "before-after", "information-vs-epoch", "loss"):
        assert any(name.startswith(f"figures/{kind}") for name in figures), kind
    assert [name for name in names if "/." in f"/{name}"] == []
    assert (ran.path / "report.html").read_text(encoding="utf-8").startswith("<!")


def test_without_a_terminal_it_says_in_lines_what_runs(ran):
    assert ran.said.err.splitlines()[0] == "tiny: A net of three layers on few digits."
    assert "\x1b" not in ran.said.err
    for line in ran.said.err.splitlines()[1:]:
        assert line.startswith("epoch ")


def test_quiet_prints_the_last_line_only(tiny):
    said = ask("run", tiny, "--quiet", "--set", "training.epochs=1")
    assert said.code == 0
    assert said.err == ""
    assert said.out.count("\n") == 1
    assert last_line(said)["run"].startswith("runs/tiny/")


def test_overrides_are_kept_and_the_file_is_not_touched(tiny, tmp_path):
    tiny.chmod(0o444)
    before = tiny.read_bytes()
    overrides = ["training.epochs=1", "measure.estimators[0].noise_variance=3", 'figures=["loss"]']
    said = ask("run", tiny, "--quiet", *(word for override in overrides for word in ("--set", override)))
    assert said.code == 0
    run = load(last_line(said)["run"])
    assert run.spec.training.epochs == 1
    assert run.spec.measure.estimators[0].noise_variance == 3
    assert last_line(said)["plane"] is None
    assert tiny.read_bytes() == before
    assert run.manifest["spec_file"]["name"] == "spec.json"
    assert {path.name.split(".")[0].split("-")[0] for path in (run.path / "figures").iterdir()} == {"loss"}
    assert [path.name for path in tmp_path.iterdir()] == ["spec.json", "runs"]


def test_a_byte_order_mark_does_not_matter(write):
    marked = write(b"\xef\xbb\xbf" + json.dumps({**TINY, "figures": []}).encode())
    assert ask("run", marked, "--quiet", "--set", "training.epochs=0").code == 0


def test_an_untrained_net_is_drawn_as_far_as_it_goes(tiny):
    said = ask("run", tiny, "--quiet", "--set", "training.epochs=0")
    assert said.code == 0
    assert said.err == ""
    assert last_line(said)["plane"] is not None


def test_a_replica_that_diverges_is_counted_on_the_last_line(tiny, monkeypatch):
    advance = CompiledEngine.advance

    def broken(self, **options):
        if self.epoch == 0:
            with torch.no_grad():
                next(self.nets[1].parameters()).fill_(float("nan"))
        return advance(self, **options)

    monkeypatch.setattr(CompiledEngine, "advance", broken)
    said = ask("run", tiny, "--set", 'figures=["plane"]', "--set", "training.replicas=3")
    assert said.code == 0
    assert last_line(said)["lost"] == ", 6 measurements invalid, 1 of 3 replicas diverged"
    assert "replica 1 diverged (training loss was nan in epoch 1); the others go on\n" in said.err


def test_when_all_diverge_it_fails_and_says_what_to_change(tiny, tmp_path):
    said = ask("run", tiny, "--quiet", "--set", 'training.optimiser={"kind": "sgd", "learning_rate": 1e38}')
    assert said.code == 3
    assert re.fullmatch(
        r"every replica diverged \(training loss was (nan|inf) in epoch 1\)\. What was measured before is in "
        r"runs/tiny/\S+\. Lower training\.optimiser\.learning_rate",
        said.complaint,
    )
    assert len(load(tmp_path / "runs" / "tiny").measurements) == 24


def test_a_figure_that_fails_does_not_hide_the_run(tiny, monkeypatch):
    def breaks(*_, **__):
        raise ValueError("no ink")

    monkeypatch.setattr("ibspec.cli.drawing.draw_all", breaks)
    said = ask("run", tiny, "--quiet", "--set", "training.epochs=1")
    assert said.code == 3
    assert said.err == "ibspec: the figures could not be drawn, ValueError: no ink\n"
    assert (load(last_line(said)["run"]).path / "measurements.parquet").is_file()


def test_an_error_of_ibspec_itself_is_short_and_long_on_request(tiny, monkeypatch):
    def breaks(*_, **__):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(run_module, "prepare", breaks)
    said = ask("run", tiny)
    assert said.code == 3
    assert said.err == "ibspec: an error in ibspec itself, ZeroDivisionError: oops\n"
    monkeypatch.setenv("IBSPEC_TRACEBACK", "1")
    said = ask("run", tiny)
    assert said.code == 3
    assert "Traceback" in said.err
    assert 'raise ZeroDivisionError("oops")' in said.err


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError(), "out of memory; lower measure.probe.size, training.batch_size or the layers"),
        (OSError(28, "No space left on device"), "the system refused: [Errno 28] No space left on device"),
    ],
)
def test_a_machine_that_fails(tiny, monkeypatch, error, message):
    def breaks(*_, **__):
        raise error

    monkeypatch.setattr(run_module, "prepare", breaks)
    said = ask("run", tiny)
    assert said.code == 3
    assert said.complaint == message


def test_interrupted_it_says_so(tiny, monkeypatch, tmp_path):
    def interrupt(self, moment):
        if moment.epoch == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(Lines, "at", interrupt)
    said = ask("run", tiny)
    assert said.code == 130
    run = load(tmp_path / "runs" / "tiny")
    where = run.path.relative_to(tmp_path)
    assert said.err.splitlines()[-1] == (
        f"ibspec: interrupted; what was measured is in {where}; "
        f"`ibspec run {tiny} --resume` goes on from there"
    )
    assert run.manifest["state"] == "interrupted"
    assert set(run.measurements["epoch"]) == {0}


def test_interrupted_while_drawing_it_says_how_to_go_on(tiny, monkeypatch, tmp_path):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("ibspec.cli.drawing.draw_all", interrupt)
    said = ask("run", tiny, "--quiet", "--set", "training.epochs=0")
    assert said.code == 130
    run = load(tmp_path / "runs" / "tiny")
    assert (
        said.complaint
        == f"interrupted; `ibspec plot {run.path.relative_to(tmp_path)}` draws what was measured"
    )
    assert run.manifest["state"] == "done"


INTERRUPTED_IMPORT = """
import sys

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupts())
from ibspec.cli import main
sys.argv = ["ibspec", "validate", "spec.json"]
main()
"""


def test_interrupted_while_torch_is_imported(tiny, tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IMPORT],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "ibspec: interrupted\n")


def test_control_c_twice_in_a_real_process(tiny, tmp_path):
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "ibspec",
            "run",
            str(tiny),
            "--set",
            "training.epochs=100000",
            "--set",
            "training.replicas=1",
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )
    try:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("tiny: ")
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert out == ""
    run = load(tmp_path / "runs" / "tiny")
    where = run.path.relative_to(tmp_path)
    assert err.splitlines()[-1].startswith(
        f"ibspec: interrupted; what was measured is in {where}; `ibspec run"
    )
    assert "Traceback" not in err
    assert run.manifest["state"] == "interrupted"
    # None on a machine so busy that the signals came before the first of them.
    assert len(run.measurements) == run.manifest["measurements"]["made"]


# Progress


class Terminal:
    """A console that remembers."""

    def __init__(self):
        self.lines = []

    def print(self, text, **_):
        self.lines.append(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (7799, "2 h 09 min"),
        (90_000, "25 h 00 min"),
    ],
)
def test_durations_as_people_say_them(seconds, text):
    assert spell_seconds(seconds) == text


def test_lines_come_now_and_then(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("ibspec.cli.watching.time.monotonic", lambda: clock[0])
    console = Terminal()
    with Lines(console) as lines:
        for second in range(40):
            clock[0] = 100.0 + second
            lines.at(Moment(second, 40, "measuring dense1", None if second < 5 else 40.0 - second))
        lines.note("said at once")
    assert console.lines == [
        "epoch 2/40, measuring dense1",
        "epoch 12/40, measuring dense1, about 28 s left",
        "epoch 22/40, measuring dense1, about 18 s left",
        "epoch 32/40, measuring dense1, about 8 s left",
        "said at once",
    ]


def test_a_bar_on_a_terminal(capsys):
    from rich.console import Console

    console = Console(force_terminal=True, width=100)
    with Bar(console) as bar:
        bar.note("hello [bold]there[/bold]")
        bar.at(Moment(2, 8, "replica 1: measuring dense1", 75.0))
        bar.bar.refresh()
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().out)
    assert "hello [bold]there[/bold]" in text
    assert "epoch 2/8" in text
    assert "about 1 min 15 s left" in text
    assert "replica 1: measuring dense1" in text
