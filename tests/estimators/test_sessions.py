"""Estimators that look at more than one activity: what they remember, and what they answer."""

import numpy as np
import pytest
import torch

from ibspec import Activity
from ibspec.core import ActivityError, Probe, ShapeError
from ibspec.estimators import (
    Binning,
    Edges,
    Fixed,
    Kde,
    Quantiles,
    Renyi,
    WickstromKernel,
    Width,
)

N = 48
RNG = np.random.default_rng(5)
PROBE = Probe(x=RNG.normal(size=(N, 2)), y=np.arange(N) % 3, ids=np.arange(N))


def layers(epochs=3, widths=(3, 2)):
    """Activities of two layers over training, of growing scale."""
    for epoch in range(epochs):
        for depth, width in enumerate(widths):
            values = np.random.default_rng([epoch, depth]).normal(size=(N, width)) * (1 + epoch)
            yield Activity(torch.from_numpy(values), f"layer{depth}", epoch=epoch)


def answers(estimator, activities, layer=None):
    session = estimator.session(layer, PROBE, rng=np.random.default_rng(0))
    for activity in activities:
        session.add(activity)
    return session.finish()


def of_layer(name, **options):
    return [activity for activity in layers(**options) if activity.layer == name]


@pytest.mark.parametrize(
    "estimator",
    [Kde(noise_variance=0.1), Binning(cells=Width(0.5)), Binning(cells=Quantiles(bins=4)), Renyi()],
)
def test_without_memory_a_session_answers_as_estimate_does(estimator):
    assert estimator.reach == "snapshot"
    activities = of_layer("layer0")
    found = answers(estimator, activities, "layer0")
    assert [(each.epoch, each.layer) for each in found] == [(0, "layer0"), (1, "layer0"), (2, "layer0")]
    assert [each.estimate for each in found] == [estimator.estimate(a, PROBE) for a in activities]


def by_hand(bins, pool, values):
    """Count rows between edges that were taken from a pool by `Edges`, which has tests of its own."""
    edges = Quantiles(bins=bins).edges(np.concatenate([each.ravel() for each in pool])[:, None])
    return Binning(cells=Edges(edges=edges)).estimate(values, PROBE)


@pytest.mark.parametrize(
    ("per", "over", "reach", "shares"),
    [
        ("layer", "training", "layer", lambda a, b: a.layer == b.layer),
        ("global", "epoch", "net", lambda a, b: a.epoch == b.epoch),
        ("global", "training", "net", lambda a, b: True),
    ],
)
def test_edges_are_those_of_all_that_share_them(per, over, reach, shares):
    """Against edges taken by hand from the pool that each choice names."""
    estimator = Binning(cells=Quantiles(bins=4, per=per, over=over))
    assert estimator.reach == reach
    activities = list(layers()) if reach == "net" else of_layer("layer1")
    found = answers(estimator, activities, None if reach == "net" else "layer1")
    assert [(each.epoch, each.layer) for each in found] == [(a.epoch, a.layer) for a in activities]
    for each, activity in zip(found, activities, strict=True):
        pool = [other.values.numpy() for other in activities if shares(activity, other)]
        assert each.estimate == by_hand(4, pool, activity.values)


def test_units_keep_edges_of_their_own_over_training():
    estimator = Binning(cells=Quantiles(bins=3, per="unit", over="training"))
    activities = of_layer("layer1")
    found = answers(estimator, activities, "layer1")
    cells = np.stack(
        [
            np.stack(
                [
                    Edges(
                        edges=Quantiles(bins=3).edges(
                            np.concatenate([a.values[:, unit].numpy() for a in activities])[:, None]
                        )
                    ).cut(activity.values[:, unit : unit + 1].numpy())[:, 0]
                    for unit in range(2)
                ],
                axis=1,
            )
            for activity in activities
        ]
    )
    for each, own in zip(found, cells, strict=True):
        assert each.estimate == Binning(cells=Width(1.0)).estimate(own.astype(float), PROBE)


def test_a_scale_that_grows_shows_only_where_edges_last():
    """Quantiles of each epoch see ranks alone; edges over training see that early activity was small."""
    base = np.random.default_rng(1).normal(size=(N, 1))
    scales = (0.01, 1, 1.1, 1.2)
    grown = [Activity(torch.from_numpy(base * scale), "layer", epoch=e) for e, scale in enumerate(scales)]
    alone = answers(Binning(cells=Quantiles(bins=8)), grown, "layer")
    assert alone[0].estimate == alone[1].estimate
    shared = answers(Binning(cells=Quantiles(bins=8, over="training")), grown, "layer")
    assert shared[0].estimate.i_xt < shared[1].estimate.i_xt


def test_an_activity_may_change_after_it_was_added():
    """A training loop may reuse its arrays; what was added is what is counted."""
    values = np.random.default_rng(2).normal(size=(N, 2))
    estimator = Binning(cells=Quantiles(bins=4, over="training"))
    session = estimator.session("layer", PROBE)
    session.add(Activity(torch.from_numpy(values), "layer"))
    before = values.copy()
    values[:] = 0
    assert session.finish()[0].estimate == estimator.estimate(before, PROBE)


def test_alone_an_activity_is_all_there_is():
    values = np.random.default_rng(3).normal(size=(N, 2))
    plain = Binning(cells=Quantiles(bins=4)).estimate(values, PROBE)
    for options in ({"over": "training"}, {"per": "global"}, {"per": "global", "over": "training"}):
        assert Binning(cells=Quantiles(bins=4, **options)).estimate(values, PROBE) == plain


def test_what_cannot_be_measured_leaves_the_others_alone():
    estimator = Binning(cells=Quantiles(bins=4, per="unit", over="training"))
    session = estimator.session("layer", PROBE)
    good = Activity(torch.ones(N, 2).cumsum(0), "layer", epoch=0)
    session.add(good)
    with pytest.raises(ActivityError, match="not finite"):
        session.add(Activity(torch.full((N, 2), torch.nan), "layer", epoch=1))
    with pytest.raises(ShapeError, match="samples"):
        session.add(Activity(torch.ones(N + 1, 2), "layer", epoch=1))
    with pytest.raises(ShapeError, match="got 3, not 2"):
        session.add(Activity(torch.ones(N, 3), "layer", epoch=1))
    (found,) = session.finish()
    assert found.estimate == estimator.estimate(good, PROBE)


def test_smoothed_widths_follow_the_recursion():
    """sigma_t = s sigma_(t-1) + (1 - s) sigma*_t, sigma* of each epoch alone; the first is its own."""
    activities = of_layer("layer0", epochs=4)
    alone = [
        Renyi(width=WickstromKernel()).estimate(activity, PROBE).extras["sigma_t"] for activity in activities
    ]
    smoothed = Renyi(width=WickstromKernel(smoothing=0.9))
    assert smoothed.reach == "layer"
    found = answers(smoothed, activities, "layer0")
    sigma = alone[0]
    for each, own, activity in zip(found, alone, activities, strict=True):
        sigma = 0.9 * sigma + 0.1 * own if each.epoch else sigma
        assert each.estimate.extras["sigma_t"] == pytest.approx(sigma, rel=1e-12)  # rounding of one sum
        # the same number as with that width given
        fixed = Renyi(width=Fixed(sigma=sigma, exponent="d2/s2")).estimate(activity, PROBE)
        assert each.estimate.extras["s_t"] == pytest.approx(fixed.extras["s_t"], abs=1e-9)


def test_labels_say_what_is_shared():
    assert Quantiles(bins=30, over="training").label == "quantiles 30 per layer over training"
    assert Quantiles(bins=30, per="global", floor=0.0).label == "quantiles 30 for all layers above 0"
    assert WickstromKernel(smoothing=0.9).label.endswith("smoothed 0.9")
    assert "smoothed" not in WickstromKernel().label
