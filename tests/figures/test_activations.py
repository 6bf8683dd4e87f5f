"""Activity of every layer for one input: the file that keeps it, and the figure."""

from dataclasses import replace

import numpy as np
import pytest

from ibspec.figures import Blank, Drawing, Tables, draw, render
from ibspec.results import Activities, DamagedFileError, read_activities, sha256_of, write_activities
from tests.figures.examples import FACTS, measurements
from tests.figures.pictures import activities


def drawn(found: Activities) -> Drawing:
    (drawing,) = draw(Tables(measurements(), FACTS, "run", activities=found), only="activations")
    assert isinstance(drawing, Drawing), drawing
    return drawing


def test_a_file_gives_back_what_was_written(tmp_path):
    kept = activities()
    digest = write_activities(tmp_path, kept)
    found = read_activities(tmp_path, digest)
    assert list(found.before) == list(kept.before)
    for name in ("first", "last", "row", "label"):
        assert getattr(found, name) == getattr(kept, name)
    for layer in kept.before:
        np.testing.assert_array_equal(found.before[layer], kept.before[layer].astype(np.float32))
        np.testing.assert_array_equal(found.after[layer], kept.after[layer].astype(np.float32))
    np.testing.assert_array_equal(found.input, kept.input.astype(np.float32))
    assert write_activities(tmp_path, kept) == digest


def test_a_damaged_file_is_refused(tmp_path):
    digest = write_activities(tmp_path, activities())
    path = tmp_path / "activations.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(DamagedFileError, match=r"activations\.safetensors is damaged"):
        read_activities(tmp_path, digest)
    path.write_bytes(b"{}")
    with pytest.raises(DamagedFileError, match="is not a file of activities"):
        read_activities(tmp_path, sha256_of(b"{}"))


def test_a_run_that_kept_nothing_says_what_to_ask_for():
    (found,) = draw(Tables(measurements(), FACTS), only="activations")
    assert isinstance(found, Blank)
    assert 'put "activations" into figures' in found.reason


def test_layers_in_their_order_before_and_after():
    drawing = drawn(activities())
    text = render(drawing, "svg").decode()
    for words in ("epoch 0", "epoch 12", "row 17, label 3 · epochs 0 and 12", "input"):
        assert f">{words}</text>" in text
    titles = [axes.get_title(loc="left") for axes in drawing.figure.axes]
    assert [title for title in titles if title] == ["conv1", "pool", "dense1", "output"]
    assert "the first 32 are drawn" in drawing.caption


def test_before_and_after_share_a_scale_and_show_the_numbers():
    kept = activities()
    before, after = (
        next(axes for axes in drawn(kept).figure.axes if axes.get_gid() == f"{name}-4").get_images()[0]
        for name in ("before", "after")
    )
    both = np.concatenate([kept.before["output"], kept.after["output"]])
    assert before.get_clim() == after.get_clim() == pytest.approx((both.min(), both.max()))
    np.testing.assert_array_equal(np.asarray(after.get_array())[0], kept.after["output"])


def test_tiles_are_channels_in_their_order():
    kept = activities()
    axes = next(axes for axes in drawn(kept).figure.axes if axes.get_gid() == "before-2")
    page = np.ma.filled(axes.get_images()[0].get_array(), np.nan)  # type: ignore[no-untyped-call]
    np.testing.assert_array_equal(page[:3, 4:7], kept.before["pool"][1])
    assert np.isnan(page[:, 3]).all()


@pytest.mark.parametrize(
    "values",
    [np.zeros(5), np.full(3, np.nan), np.ones((2, 9)), np.ones((1, 1, 1)), np.ones((200, 2, 2)), np.ones(1)],
    ids=["still", "not finite", "channels of a line", "one", "many channels", "one unit"],
)
def test_odd_layers(values):
    kept = activities()
    odd = replace(kept, before={"odd": values}, after={"odd": values})
    assert render(drawn(odd), "svg").rstrip().endswith(b"</svg>")
    flat = replace(odd, input=np.arange(12.0))
    assert ">input</text>" not in render(drawn(flat), "svg").decode()


def test_a_flattened_layer_does_not_fill_pages():
    kept = activities()
    flat = np.arange(9216.0)
    drawing = drawn(replace(kept, before={"flatten": flat}, after={"flatten": flat}))
    assert "the first 512 are drawn" in drawing.caption
    assert drawing.figure.get_size_inches()[1] < 4
    assert "are drawn" not in drawn(replace(kept, before={"a": flat[:512]}, after={"a": flat[:512]})).caption
