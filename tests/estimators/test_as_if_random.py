"""Several nets as one random variable: against the definition, by enumeration, window by window."""

from itertools import product

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from ibspec import Activity
from ibspec.core import Probe
from ibspec.estimators import AsIfRandom, Binning, Edges, Kde, Quantiles, Range
from tests.estimators.small_windows import UNIT, activities, gathered, last

ROUNDING = 1e-12
"""Bits: sums of a few hundred terms of order 1, each wrong by about 1e-16."""


def by_the_book(one, other):
    """I of two columns: sum p(a, b) log2 p(a, b) / p(a) p(b), over a table of their pairs."""
    joint = np.zeros((max(one) + 1, max(other) + 1))
    np.add.at(joint, (np.asarray(one), np.asarray(other)), 1 / len(one))
    outer = np.outer(joint.sum(1), joint.sum(0))
    seen = joint > 0
    return float((joint[seen] * np.log2(joint[seen] / outer[seen])).sum())


@pytest.mark.parametrize("seed", range(20))
def test_the_definition(seed):
    """All pairs of net and row equally likely, with equal inputs, several classes, two units."""
    rng = np.random.default_rng(seed)
    nets, rows = rng.integers(1, 7), rng.integers(2, 12)
    table = rng.integers(-1, 2, size=(nets, rows, 2))
    ids, y = rng.integers(0, 4, rows), rng.integers(0, 3, rows)
    found = last(table, Probe(y=y, ids=ids))
    cells = np.unique(table.reshape(-1, 2), axis=0, return_inverse=True)[1].ravel()
    net = np.repeat(np.arange(nets), rows)
    assert found.i_xt == pytest.approx(by_the_book(np.tile(ids, nets), cells), abs=ROUNDING)
    assert found.i_ty == pytest.approx(by_the_book(np.tile(y, nets), cells), abs=ROUNDING)
    single = [UNIT.estimate(each, Probe(y=y, ids=ids)) for each in table]
    assert found.extras["i_xt_single_mean"] == pytest.approx(np.mean([s.i_xt for s in single]), abs=ROUNDING)
    assert found.extras["i_ty_single_mean"] == pytest.approx(np.mean([s.i_ty for s in single]), abs=ROUNDING)
    # I(X;E|T), from its own sums over the cells t
    of_t = [
        (cells == t).mean() * by_the_book(np.tile(ids, nets)[cells == t], net[cells == t])
        for t in set(cells.tolist())
    ]
    assert found.extras["i_xe_given_t"] == pytest.approx(sum(of_t), abs=ROUNDING)
    assert -ROUNDING <= found.extras["i_xe_given_t"] <= found.extras["log2_window"] + ROUNDING


def enumerated(slopes, offsets, inputs, *, clipped=False):
    """T = w x + b for each (w, b), a net a row."""
    table = [[w * x + b for x in inputs] for w, b in product(slopes, offsets)]
    return np.clip(table, -1, 1) if clipped else np.array(table)


@pytest.mark.parametrize(
    ("slopes", "offsets", "inputs", "clipped", "unknown", "known"),
    [
        ((0, 1, 2), (-1, 0, 1), (-1, 1), False, 0.417210, 0.666667),
        ((0, 1, 2), (-1, 0, 1), (-1, 1), True, 0.317588, None),
        ((-1, 0, 1), (-1, 0, 1), (-1, 1), False, 0.0, None),
        ((-1, 1), (0,), (0, 1), False, 1.0, 1.0),
        ((1, 2), (0, 1), (0, 1, 2, 3), False, 1.233459, 2.0),
        ((1, 2), (0, 1), (0, 1, 2, 3), True, 0.293564, 0.405639),
    ],
)
@pytest.mark.parametrize("over", ["epochs", "replicas", "steps"])
def test_parameters_that_are_enumerated(slopes, offsets, inputs, clipped, unknown, known, over):
    """Small nets with whole parameters, each value of them a net: printed with six decimals."""
    table = enumerated(slopes, offsets, inputs, clipped=clipped)
    probe = Probe(x=np.array(inputs))
    if over == "epochs":
        found = last(table, probe)
    else:
        estimator = AsIfRandom(under=UNIT, over=over, window=len(table) if over == "steps" else None)
        (dated,) = gathered(estimator, probe, {7: table})
        assert (dated.epoch, dated.layer) == (7, "layer")
        found = dated.estimate
    assert found.i_xt == pytest.approx(unknown, abs=1e-6)
    if known is not None:
        assert found.extras["i_xt_single_mean"] == pytest.approx(known, abs=1e-6)


@pytest.mark.parametrize(
    ("over", "reach"), [("epochs", "layer"), ("steps", "steps"), ("replicas", "replicas")]
)
def test_what_must_have_been_seen(over, reach):
    window = {"epochs": 9, "steps": 3, "replicas": None}[over]
    assert AsIfRandom(under=UNIT, over=over, window=window).reach == reach


@pytest.mark.parametrize(
    "under",
    [UNIT, Kde(noise_variance=0.1), Binning(cells=Quantiles(bins=3, over="training"))],
    ids=["cells", "kernels", "quantiles"],
)
def test_one_net_says_what_the_estimator_underneath_says(under):
    rng = np.random.default_rng(0)
    probe, t = Probe(x=rng.normal(size=(40, 2)), y=np.arange(40) % 3), rng.normal(size=(40, 3))
    found = AsIfRandom(under=under, window=9).estimate(t, probe)
    plain = under.estimate(t, probe)
    assert (found.i_xt, found.i_ty, found.h_t) == (plain.i_xt, plain.i_ty, plain.h_t)
    assert found.extras["i_xe_given_t"] == found.extras["i_ye_given_t"] == 0
    assert "few-samples" in found.warnings


@pytest.mark.parametrize("under", [UNIT, Kde(noise_variance=0.1)], ids=["cells", "kernels"])
def test_frozen_weights_change_nothing(under):
    rng = np.random.default_rng(0)
    probe, t = Probe(x=rng.normal(size=(40, 2)), y=np.arange(40) % 3), rng.normal(size=(40, 2))
    found, plain = last([t] * 6, probe, under=under), under.estimate(t, probe)
    # kernels: sums of 240 terms instead of 40, equal ones
    assert found.i_xt == pytest.approx(plain.i_xt, abs=ROUNDING)
    assert found.i_ty == pytest.approx(plain.i_ty, abs=ROUNDING)
    assert found.extras["most_distinct_given_x"] == pytest.approx(1, abs=ROUNDING)
    assert "few-samples" not in found.warnings


def test_cells_are_the_same_in_all_epochs():
    """Rows that lie in one cell are one value, whatever their epoch, precision and place in it."""
    probe = Probe(ids=np.arange(2))
    for table, distinct in (
        ([[0.0, 1.0], [-0.0, 1.9]], 1),
        ([[0.0, 1.0], [1.0, 0.0]], 2),
        ([[0.2, 1.0], [-0.2, 1.0]], 1.5),
    ):
        assert last(table, probe).extras["distinct_given_x"] == distinct
    session = AsIfRandom(under=UNIT, window=2).session("layer", probe)
    for epoch, dtype in enumerate((torch.float32, torch.float64)):
        session.add(Activity(torch.tensor([0.5, 3.5], dtype=dtype), "layer", epoch=epoch))
    assert session.finish()[0].estimate.extras["distinct_given_x"] == 1


def test_cells_beyond_an_edge_and_wrapped_ones():
    probe = Probe(ids=np.arange(3))
    table = [[-2.0, 0.0, 2.0], [-1.5, 0.1, 1.5]]
    for outside, bits in (("own-cells", np.log2(3)), ("wrap", np.log2(3) - 2 / 3)):
        under = Binning(cells=Range(low=-1, high=1, bins=2, outside=outside))
        assert last(table, probe, under=under).i_xt == pytest.approx(bits, abs=ROUNDING)


@pytest.mark.parametrize(("per", "over"), [("layer", "epochs"), ("unit", "epochs"), ("layer", "replicas")])
def test_quantiles_are_those_of_all_that_is_pooled(per, over):
    """Over epochs also of those before the window: the same cells in every window of a session."""
    table = np.random.default_rng(1).normal(size=(5, 30, 2)) * np.arange(1, 6)[:, None, None]
    probe = Probe(y=np.arange(30) % 2, ids=np.arange(30))
    if over == "epochs":
        cells = Quantiles(bins=4, per=per, over="training")
        session = AsIfRandom(under=Binning(cells=cells), window=3).session("layer", probe)
        for activity in activities(table):
            session.add(activity)
        (found,) = session.finish()
    else:
        cells = Quantiles(bins=4, per=per)
        (found,) = gathered(AsIfRandom(under=Binning(cells=cells), over=over), probe, {0: table})
    cut = np.empty(table.shape)
    for unit in range(2):
        pool = table[:, :, unit] if per == "unit" else table
        edges = Edges(edges=cells.edges(pool.reshape(-1, 1)))
        cut[:, :, unit] = edges.cut(table[:, :, unit])
    wanted = last(cut[-3:] if over == "epochs" else cut, probe)
    assert found.estimate == wanted


def test_noisy_layers_are_told_from_random_nets():
    """`stochastic` says that equal inputs differ within a net, not that nets differ."""
    deterministic = last([[0, 0, 1], [1, 1, 0]], Probe(ids=[0, 0, 1]))
    assert "stochastic" not in deterministic.warnings
    assert deterministic.extras["h_t_given_x"] == 1
    assert "stochastic" in last([[0, 1, 1], [1, 1, 0]], Probe(ids=[0, 0, 1])).warnings


@pytest.mark.parametrize("nets", [9, 10])
def test_the_bias_is_given_where_there_are_nets_enough(nets):
    """Two values of one input, one of the other: (2 - 1) / (2 K ln 2) and 0, from K = 5 x 2 on."""
    table = [[e % 2, 5] for e in range(nets)]
    found = last(table, Probe(ids=[0, 1]))
    assert found.extras["most_distinct_given_x"] == 2
    if nets < 10:
        assert "i_xt_bias" not in found.extras
        assert found.warnings == ("few-samples", "saturated")
    else:
        assert found.extras["i_xt_bias"] == pytest.approx(1 / (2 * nets * np.log(2)) / 2, rel=1e-14)
        assert found.warnings == ("saturated",)


def test_kernels_are_saturated_where_they_tell_all_inputs_apart():
    """Ten equal nets, two inputs far apart or at one place: all of one bit, or nothing."""
    probe = Probe(ids=[0, 1])
    apart, together = (
        last(np.tile([0.0, far], (10, 1)), probe, under=Kde(noise_variance=0.01)) for far in (10.0, 0.0)
    )
    assert apart.i_xt == pytest.approx(1.0, abs=1e-9)
    assert "saturated" in apart.warnings
    assert together.i_xt == pytest.approx(0.0, abs=1e-9)
    assert "saturated" not in together.warnings


def test_relevant_parts_of_inputs():
    probe = Probe(ids=np.arange(4), relevant=[0, 0, 1, 1])
    found = last([[0, 1, 2, 3], [0, 0, 1, 1]], probe)
    parts = found.extras["i_relevant_t"] + found.extras["i_irrelevant_t_given_relevant"]
    assert parts == pytest.approx(found.i_xt, abs=ROUNDING)


def test_without_classes():
    found = last([[0, 1], [1, 0]], Probe(x=[[0.0], [1.0]], y=[0.5, 0.25]))
    assert found.i_xt == 0
    assert found.i_ty is None
    assert "i_ty_single_mean" not in found.extras


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"over": "epochs"}, "over epochs a `window` is wanted"),
        ({"over": "steps"}, "over steps a `window` is wanted"),
        ({"over": "replicas", "window": 3}, "leave `window` out"),
        ({"over": "steps", "window": 3, "windows": "all"}, "one window an epoch"),
        ({"window": 0}, "greater than or equal to 1"),
        ({"window": 3, "under": Binning(cells=Quantiles(bins=3))}, '"over": "training"'),
        ({"window": 3, "under": Binning(cells=Quantiles(bins=3, per="global"))}, '"per": "layer"'),
        (
            {"over": "replicas", "under": Binning(cells=Quantiles(bins=3, over="training"))},
            'over replicas, quantiles need "over": "epoch"',
        ),
    ],
)
def test_what_does_not_fit_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        AsIfRandom(**{"under": UNIT, **fields})


def test_labels():
    assert AsIfRandom(under=UNIT, window=3).label == "as-if-random(binning(width 1), 3 epochs)"
    every = AsIfRandom(under=Kde(noise_variance=0.1), window=3, windows="all")
    assert every.label == "as-if-random(kde(0.1), 3 epochs, all windows)"
    assert AsIfRandom(under=UNIT, over="replicas").label == "as-if-random(binning(width 1), replicas)"
    assert AsIfRandom(under=UNIT, over="steps", window=9).label == "as-if-random(binning(width 1), 9 steps)"
