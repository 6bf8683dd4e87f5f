"""Figures of gradients, rates and events: what must be seen, and what has no number."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ibspec.figures import Blank, Drawing, Tables, draw, render
from ibspec.figures.events import loss_kink, onsets, snr_crossings, snr_drops
from ibspec.figures.loss_rate import within
from tests.figures.dynamics import gradients, rates
from tests.figures.examples import FACTS, LAYERS, history, measurements

DENSE = tuple(sorted({0, *np.unique(np.geomspace(1, 1000, 40).astype(int)).tolist()}))


def drawn(kind: str, tables: Tables) -> Drawing:
    found = next(draw(tables, only=kind))
    assert isinstance(found, Drawing), found
    return found


def line(drawing: Drawing, gid: str) -> Line2D:
    (found,) = [each for axes in drawing.figure.axes for each in axes.get_lines() if each.get_gid() == gid]
    return found


def values(found: Line2D) -> list[float]:
    return np.asarray(found.get_ydata(), dtype=np.float64).tolist()


def axes_titled(drawing: Drawing, title: str) -> Axes:
    (found,) = [
        axes for axes in drawing.figure.axes if title in (axes.get_title(loc="left"), axes.get_title())
    ]
    return found


@pytest.mark.parametrize("kind", ["gradients", "loss-rate", "information-rate", "hypothesis"])
def test_a_run_without_the_numbers_says_which_key_asks_for_them(kind: str) -> None:
    (found,) = draw(Tables(measurements(), FACTS, "plain", history()), only=kind)
    assert isinstance(found, Blank)
    assert found.reason.startswith("nothing to draw: the run has no ")
    assert "measure.gradients" in found.reason


def test_a_figure_for_each_reading_with_the_batches_in_its_second_line() -> None:
    tables = Tables(measurements(), FACTS, "run", gradients=gradients(readings=("moving", "fixed")))
    first, second = draw(tables, only="gradients")
    assert isinstance(first, Drawing)
    assert (first.name, second.name) == ("gradients-moving", "gradients-fixed")
    text = render(first, "svg").decode()
    assert ">along the epoch, weights moving · batch size 256 · 13 batches</text>" in text
    for words in ("norm of the mean", "all weights", *LAYERS):
        assert f">{words}</text>" in text
    assert "Level dashes: SNR = 1" in first.caption


def test_lines_are_medians_of_the_replicas() -> None:
    table = gradients(replicas=3)
    table.loc[table["replica"] == 2, "mean_norm"] *= 5  # of which a mean would know
    drawing = drawn("gradients", Tables(measurements(), FACTS, "run", gradients=table))
    mine = table[table["depth"] == 1].groupby("epoch")["mean_norm"].median()
    assert values(line(drawing, "mean_norm-1")) == pytest.approx(mine.tolist())
    assert np.asarray(line(drawing, "mean_norm-1").get_xdata()).tolist() == mine.index.tolist()


def test_where_there_is_no_noise_a_mark_stands_and_no_ratio() -> None:
    table = gradients(noiseless=((10, "dense2"),))
    drawing = drawn("gradients", Tables(measurements(), FACTS, "run", gradients=table))
    assert np.isnan(values(line(drawing, "snr-1"))[2])
    mark = line(drawing, "noiseless-1")
    assert np.asarray(mark.get_xdata()).tolist() == [10]
    assert values(mark) == [axes_titled(drawing, "SNR: mean / standard deviation").get_ylim()[1]]
    below = axes_titled(drawing, "norm of the standard deviation")
    assert values(line(drawing, "zero-std_norm-1")) == [below.get_ylim()[0]]
    assert "same gradient, no ratio" in drawing.caption
    plain = drawn("gradients", Tables(measurements(), FACTS, "run", gradients=gradients()))
    assert "triangles" not in plain.caption.lower()


def test_gradients_that_are_not_finite_are_counted() -> None:
    table = gradients()
    table.loc[table.index[-4:], ["mean_norm", "std_norm"]] = np.inf
    drawing = drawn("gradients", Tables(measurements(), FACTS, "run", gradients=table))
    assert "4 rows with gradients that are not finite not drawn" in drawing.caption
    (found,) = draw(
        Tables(measurements(), FACTS, "run", gradients=table.assign(mean_norm=np.nan)), only="gradients"
    )
    assert isinstance(found, Blank)
    assert "no gradient of the reading 'moving' is finite" in found.reason


def test_where_the_mean_alone_decides_is_counted() -> None:
    table = rates(information=False)
    table["realised"] = table["predicted"] * np.array([1.0, 0.91, 0.89, 1.09, 0.0, -3.0])
    drawing = drawn("loss-rate", Tables(measurements(), FACTS, "run", rates=table))
    assert "decides: 3 of 6 epochs" in drawing.caption
    assert within(table) == 3
    assert values(line(drawing, "share-realised")) == pytest.approx([1.0, 0.91, 0.89, 1.09, 0.0, -3.0])


def test_a_rising_loss_is_hollow_and_a_standstill_has_no_logarithm() -> None:
    table = rates(information=False)
    table["realised"] = [-0.1, 0.0, 0.02, -0.01, -0.01, -0.01]
    drawing = drawn("loss-rate", Tables(measurements(), FACTS, "run", rates=table))
    assert "hollow: the loss rises" in render(drawing, "svg").decode()
    heights = values(line(drawing, "fall-realised"))
    assert heights[0] == pytest.approx(0.1)
    assert np.isnan(heights[1])
    assert heights[2] == pytest.approx(0.02)
    above = drawing.figure.axes[0]
    hollow = [each for each in above.get_lines() if each.get_markerfacecolor() == "white"]
    (mine,) = [each for each in hollow if each.get_color() == "#000000"]
    assert np.asarray(mine.get_xdata()).tolist() == [3]


def test_a_gradient_of_zero_is_never_divided_by() -> None:
    table = rates(information=False)
    table.loc[table.index[2], "predicted"] = 0.0
    drawing = drawn("loss-rate", Tables(measurements(), FACTS, "run", rates=table))
    assert np.isnan(values(line(drawing, "share-realised"))[2])


def test_changes_of_information_are_drawn_for_both_bounds() -> None:
    table = rates(loss=False)
    drawing = drawn("information-rate", Tables(measurements(), FACTS, "run", rates=table))
    text = render(drawing, "svg").decode()
    assert ">upper bound of I(X;T) [bits]</text>" in text
    assert ">lower bound of I(X;T) [bits]</text>" in text
    upper = table[(table["quantity"] == "i_xt_upper") & (table["depth"] == 1)]
    first = drawing.figure.axes[2]  # second row, first column
    for gid, wanted in (
        ("realised-1", upper["realised"]),
        ("predicted-1", upper["predicted"]),
        ("corrected-1", upper["predicted"] + upper["second_order"]),
    ):
        (found,) = [each for each in first.get_lines() if each.get_gid() == gid]
        assert values(found) == pytest.approx(wanted.tolist())
    low, high = drawing.figure.axes[-1].get_ylim()
    assert low < table["contracting"].min()
    assert table["contracting"].max() < high
    assert (low + high) / 2 == pytest.approx(0.5)


def test_one_bound_alone_has_one_column() -> None:
    table = rates(loss=False)
    drawing = drawn(
        "information-rate",
        Tables(measurements(), FACTS, "run", rates=table[table["quantity"] == "i_xt_lower"]),
    )
    assert "upper bound" not in render(drawing, "svg").decode()


def kinked(at: float = 60.0, replicas: int = 3) -> pd.DataFrame:
    """Two power laws that meet, with a little noise."""
    rng = np.random.default_rng(3)
    epoch = np.arange(1001)
    parts = []
    for replica in range(replicas):
        law = np.where(
            epoch < at, np.maximum(epoch, 1) ** -0.1, at**-0.1 * (np.maximum(epoch, 1) / at) ** -1.0
        )
        running = np.where(epoch == 0, np.nan, law * np.exp(0.02 * rng.normal(size=len(epoch))))
        parts.append(pd.DataFrame({"replica": replica, "epoch": epoch, "running_loss": running}))
    return pd.concat(parts, ignore_index=True)


def falling(table: pd.DataFrame, at: float = 60.0) -> pd.DataFrame:
    """An SNR that turns down at an epoch."""
    epoch = table["epoch"].clip(lower=1)
    noise = np.exp(0.03 * np.random.default_rng(4).normal(size=len(table)))
    return table.assign(snr=3 * epoch**-0.1 * np.where(epoch < at, 1.0, (epoch / at) ** -0.9) * noise)


def compressing(at: float = 60.0) -> pd.DataFrame:
    """I(X;T) of the deeper layers rises, then falls; the first one stands still."""
    table = measurements(replicas=3, epochs=DENSE)
    logs = np.log(table["epoch"].clip(lower=1) / at)
    noise = 0.01 * np.random.default_rng(5).normal(size=len(table))
    return table.assign(i_xt=np.where(table["depth"] == 0, 8.0, 6 - 0.3 * logs.abs() + noise))


def test_planted_events_are_found_near_their_epoch() -> None:
    """Within 0.1 in log10, as the detectors promise."""
    kink = loss_kink(kinked())
    assert (len(kink.epochs), kink.looked_at) == (3, 3)
    assert np.log10(kink.median.value) == pytest.approx(np.log10(60), abs=0.1)  # type: ignore[union-attr]
    drops = snr_drops(falling(gradients(replicas=3, epochs=DENSE)))
    assert [drop.depth for drop in drops] == [-1, 0, 1, 2]
    for drop in drops:
        assert np.log10(drop.median.value) == pytest.approx(np.log10(60), abs=0.1)  # type: ignore[union-attr]
    crossings = snr_crossings(falling(gradients(replicas=3, epochs=DENSE)))
    assert [crossing.depth for crossing in crossings] == [-1, 0, 1, 2]
    for crossing in crossings:  # 3 e^-0.1 (e / 60)^-0.9 = 1 at e = 3 * 60^0.9
        assert np.log10(crossing.median.value) == pytest.approx(np.log10(3 * 60**0.9), abs=0.1)  # type: ignore[union-attr]
    curves = compressing()
    first, *deeper = onsets(curves.assign(saturated=curves["depth"] == 0))
    assert first.epochs == ()
    assert first.in_words == "onset of compression could not be looked for: I(X;T) stands at its ceiling"
    assert "not found in any of 3 replicas" in onsets(curves)[0].in_words
    assert [len(event.epochs) for event in deeper] == [3, 3]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pd.DataFrame(), "could not be looked for: nothing was measured"),
        (history(epochs=5), "could not be looked for: a line with a break needs 11 points"),
        (history().assign(running_loss=0.0), "could not be looked for: a power law needs numbers above zero"),
    ],
)
def test_what_cannot_be_looked_for_has_a_reason(table: pd.DataFrame, words: str) -> None:
    event = loss_kink(table)
    assert words in event.in_words
    assert event.median is None


def test_the_loss_shows_its_kink_and_how_sure_it_is() -> None:
    drawing = drawn("loss", Tables(measurements(), FACTS, "run", kinked()))
    (at,) = set(np.asarray(line(drawing, "kink-of-the-loss--1").get_xdata(), dtype=float).tolist())
    assert np.log10(at) == pytest.approx(np.log10(60), abs=0.1)
    assert "Kink of the loss at epoch " in drawing.caption
    assert ">kink of the running loss</text>" in render(drawing, "svg").decode()
    assert " in 3 of 3 replicas, where one power law of the epoch gives way to another" in drawing.caption
    rng = np.random.default_rng(0)
    plain = kinked(at=1e9)
    plain["running_loss"] *= np.exp(0.05 * rng.normal(size=len(plain)))
    drawing = drawn("loss", Tables(measurements(), FACTS, "run", plain))
    assert "Kink of the loss not found in any of 3 replicas" in drawing.caption
    assert ">kink of the running loss</text>" not in render(drawing, "svg").decode()


def test_the_hypothesis_has_every_event_in_a_row() -> None:
    tables = Tables(
        compressing(), FACTS, "run", kinked(), gradients=falling(gradients(replicas=3, epochs=DENSE))
    )
    drawing = drawn("hypothesis", tables)
    rows = [label.get_text() for label in drawing.figure.axes[3].get_yticklabels()]
    of_snr = [f"{event} {name}" for event in ("SNR", "SNR < 1") for name in LAYERS]
    assert rows == ["loss", *of_snr, "I(X;T) dense2", "I(X;T) output"]
    assert drawing.title.endswith("gradients moving, batch size 256")
    assert "does not say that one causes the other" in drawing.caption


def test_layers_of_both_tables_are_joined_by_name() -> None:
    """A net with pooling has layers without weights: places in the two tables differ."""
    more = gradients(replicas=3, epochs=DENSE)
    more["depth"] = more["depth"].map({-1: -1, 0: 0, 1: 3, 2: 5})
    tables = Tables(compressing(), FACTS, "run", kinked(), gradients=falling(more))
    rows = [label.get_text() for label in drawn("hypothesis", tables).figure.axes[3].get_yticklabels()]
    assert rows[1:4] == [f"SNR {name}" for name in LAYERS]


def test_a_hypothesis_without_events_says_so() -> None:
    tables = Tables(measurements(), FACTS, "run", history(), gradients=gradients())
    drawing = drawn("hypothesis", tables)
    assert "Drop of the SNR could not be looked for: " in drawing.caption
    assert "Onset of compression could not be looked for: " in drawing.caption


def test_an_snr_that_goes_nowhere_is_said_to() -> None:
    flat = gradients(replicas=3, epochs=DENSE)
    flat["snr"] = 2 * np.exp(0.03 * np.random.default_rng(4).normal(size=len(flat)))
    caption = drawn("hypothesis", Tables(compressing(), FACTS, "run", kinked(), gradients=flat)).caption
    assert "No break of log SNR against log epoch is beyond chance in any layer" in caption
    assert "In no layer does the SNR fall from 1 or more to less" in caption
