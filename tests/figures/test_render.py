"""The same table gives the same bytes, whatever happened in between."""

import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest

from ibspec.figures import FIGURES, Drawing, Tables, draw, render
from tests.figures.dynamics import gradients, rates
from tests.figures.examples import FACTS, history, measurements
from tests.figures.pictures import activities, channel_measurements


def drawing(kind: str) -> Drawing:
    adaptive = {"kind": "delta-exact", "delta": 0.1, "normalised": False, "scale": [1.0, 1.0]}
    followed = adaptive if kind == "schedule" else {}
    both = measurements(replicas=2, estimators=("kde(0.1)", "kde(0.5)"))
    tables = Tables(
        channel_measurements() if kind == "channels" else both,
        FACTS,
        "twice",
        history(replicas=2),
        schedule=followed,
        gradients=gradients(replicas=2),
        rates=rates(replicas=2),
        activities=activities(),
    )
    return next(figure for figure in draw(tables, only=kind) if isinstance(figure, Drawing))


@pytest.mark.parametrize("form", ["png", "svg"])
@pytest.mark.parametrize("kind", FIGURES)
def test_twice(kind: str, form: str) -> None:
    first = drawing(kind)
    once = render(first, form)
    assert render(first, form) == once
    assert render(drawing(kind), form) == once


def test_a_film_is_the_same_every_time_and_leaves_its_figure_alone() -> None:
    first = drawing("animation")
    still = render(first, "png")
    film = render(first, "gif")
    assert render(first, "gif") == film
    assert render(drawing("animation"), "gif") == film
    assert render(first, "png") == still


def test_only_what_moves_makes_a_film() -> None:
    with pytest.raises(ValueError, match=r"nothing moves in 'loss': wanted one of .*, got 'gif'"):
        render(drawing("loss"), "gif")


def test_in_another_process() -> None:
    program = (
        "import sys; from tests.figures.test_render import drawing, render;"
        "sys.stdout.buffer.write(render(drawing('plane'), 'svg'))"
    )
    root = Path(__file__).parents[2]
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=root)
    assert other.stdout == render(drawing("plane"), "svg")


def test_rasterised_points() -> None:
    tables = Tables(measurements(replicas=2, epochs=tuple(range(750))), FACTS)
    svgs = [render(next(draw(tables, only="plane")), "svg") for _ in range(2)]
    assert svgs[0] == svgs[1]
    assert b"<image" in svgs[0]
    assert len(svgs[0]) < 1_500_000


def test_a_reader_s_own_settings_change_nothing() -> None:
    plain = render(drawing("loss"), "svg")
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 30, "svg.fonttype": "path", "axes.grid": True}):
        assert render(drawing("loss"), "svg") == plain
        assert mpl.rcParams["lines.linewidth"] == 9


def test_no_date() -> None:
    svg = render(drawing("plane"), "svg")
    assert b"dc:date" not in svg
    assert b"<dc:title>twice: information plane" in svg
