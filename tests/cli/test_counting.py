"""Long work that is no run says how far it has come, and when it will be done."""

import re
import shutil

import pytest
from rich.console import Console

from ibspec.cli import counting as counting_module
from ibspec.cli.counting import counting
from tests.cli.conftest import ask


@pytest.fixture
def clock(monkeypatch):
    """Seconds that go by when a test says so."""
    now = [100.0]
    for module in ("counting", "watching"):
        monkeypatch.setattr(f"ibspec.cli.{module}.time.monotonic", lambda: now[0])
    return now


def test_a_line_now_and_then_with_the_time_left(clock, capsys):
    with counting("probe") as tell:
        for done in range(4):
            clock[0] = 100.0 + 15 * done
            tell(done, 4, f"N = {2**done}")
    assert capsys.readouterr() == (
        "",
        "probe 1/4, N = 2, about 45 s left\nprobe 2/4, N = 4, about 30 s left\n"
        "probe 3/4, N = 8, about 15 s left\n",
    )


def test_nothing_where_nothing_is_wanted(clock, capsys):
    with counting("trial", quiet=True) as tell:
        clock[0] += 100
        tell(1, 2, "")
    assert capsys.readouterr() == ("", "")


def test_a_bar_on_a_terminal(clock, capsys, monkeypatch):
    terminal = Console(force_terminal=True, width=100)
    monkeypatch.setattr(counting_module, "Console", lambda **_: terminal)
    with counting("probe") as tell:
        clock[0] += 10
        tell(2, 8, "draw 1 of 2")
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().out)
    assert "probe 2/8" in text
    assert "about 30 s left" in text
    assert "draw 1 of 2" in text


@pytest.mark.parametrize(
    ("arguments", "counted"),
    [
        (
            ["tune-noise", "SPEC", "--criterion", "layer-share", "--layer", "dense1", "--epoch", 3],
            [("epoch", done, 3, "training") for done in (1, 2, 3)],
        ),
        (
            ["sample-size", "RUN", "--least", 15, "--most", 60, "--draws", 2],
            [
                ("probe", 3 * draw + place, 6, f"draw {draw + 1} of 2, N = {size}")
                for draw in range(2)
                for place, size in enumerate((15, 30, 60))
            ],
        ),
    ],
)
def test_commands_count_what_they_do(arguments, counted, tiny, ran, tmp_path, monkeypatch):
    told = []

    def note(lines, moment):
        told.append((lines.what, moment.epoch, moment.epochs, moment.doing))

    monkeypatch.setattr(counting_module.Lines, "at", note)
    known = {"SPEC": tiny, "RUN": shutil.copytree(ran.path, tmp_path / "own")}
    assert ask(*(known.get(each, each) for each in arguments)).code == 0
    assert told == counted
