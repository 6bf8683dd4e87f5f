"""The film of the plane: its frames, its length, its size."""

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from PIL import Image

from ibspec.figures import Blank, Drawing, Tables, draw, draw_all, render
from ibspec.figures.animation import MOST_FRAMES
from ibspec.figures.style import LAYER_COLOURS
from tests.figures.examples import EPOCHS, FACTS, MadeUpRun, measurements


def film(table: pd.DataFrame) -> Drawing:
    (found,) = draw(Tables(table, FACTS, "run"), only="animation")
    assert isinstance(found, Drawing), found
    assert found.film is not None
    return found


def frames(content: bytes) -> list[int]:
    """Milliseconds of each frame."""
    with Image.open(io.BytesIO(content)) as image:
        durations = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            durations.append(int(image.info["duration"]))
    return durations


def test_a_frame_for_each_measured_epoch_and_a_rest_at_the_end():
    durations = frames(render(film(measurements(replicas=2)), "gif"))
    assert len(durations) == len(EPOCHS)
    assert len(set(durations[:-1])) == 1
    assert durations[-1] > 5 * durations[0]


def test_a_long_run_is_thinned_and_its_film_is_small():
    content = render(film(measurements(epochs=tuple(range(400)))), "gif")
    assert len(frames(content)) <= MOST_FRAMES
    assert len(content) < 2_000_000


def test_each_frame_shows_the_mean_at_its_epoch_and_the_way_there():
    table = measurements(replicas=3)
    drawing = film(table)
    assert drawing.film is not None
    means = table.groupby(["epoch", "depth"])[["i_xt", "i_ty"]].mean()
    lines = [each for each in drawing.film.moving if isinstance(each, Line2D)]
    for number, epoch in enumerate(EPOCHS):
        drawing.film.show(number)
        trails, marks = lines[:3], lines[3:]
        for depth, (trail, mark) in enumerate(zip(trails, marks, strict=True)):
            assert np.asarray(mark.get_xydata())[0] == pytest.approx(means.loc[(epoch, depth)].tolist())
            assert len(np.asarray(trail.get_xydata())) == number + 1
        assert drawing.figure.axes[0].get_title(loc="left") == f"epoch {epoch}"


def test_the_picture_beside_it_is_the_last_frame():
    drawing = film(measurements())
    assert drawing.figure.axes[0].get_title(loc="left") == f"epoch {EPOCHS[-1]}"
    assert b">hollow: saturated</text>" in render(drawing, "svg")


def test_a_layer_that_ends_early_leaves_its_trail():
    table = measurements()
    table = table[(table["depth"] < 2) | (table["epoch"] <= 3)]
    drawing = film(table)
    assert drawing.film is not None
    lines = [each for each in drawing.film.moving if isinstance(each, Line2D)]
    assert len(np.asarray(lines[5].get_xydata())) == 0
    assert len(np.asarray(lines[2].get_xydata())) == 3


def test_one_epoch_does_not_move():
    (found,) = draw(Tables(measurements(epochs=(4,)), FACTS), only="animation")
    assert isinstance(found, Blank)
    assert "measured at epoch 4 only" in found.reason


def test_it_is_written_beside_its_last_frame(tmp_path):
    paths = draw_all(MadeUpRun(tmp_path), only="animation")
    assert [path.suffix for path in paths] == [".png", ".svg", ".gif"]
    assert paths[-1].read_bytes()[:6] == b"GIF89a"


def test_layers_keep_their_colours():
    """Each colour of a layer is in the palette but for rounding; any two of them are far apart."""
    layers = tuple(f"dense{k}" for k in range(1, 7))
    table = measurements(layers=layers).assign(warnings="")
    content = render(film(table.assign(i_xt=table["i_xt"] * 0.9)), "gif")
    with Image.open(io.BytesIO(content)) as image:
        image.seek(getattr(image, "n_frames", 1) - 1)
        seen = np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3).astype(int), axis=0)
    for colour in LAYER_COLOURS[:6]:
        wanted = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
        assert np.abs(seen - wanted).max(axis=1).min() <= 8, colour
