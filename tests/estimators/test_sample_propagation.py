"""Sample propagation against quadrature, closed forms, the kernel bounds and an exact mixture."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import logsumexp

from ibspec import Recorder
from ibspec.activity import Teller, capture
from ibspec.core import Activity, ActivityError, Noise, Probe, ShapeError, UserError
from ibspec.estimators import Kde
from ibspec.estimators.sample_propagation import SamplePropagation
from ibspec.models import Mlp, Noisy

ROUNDING = 1e-12
"""Bits: logarithms of sums of a few hundred kernels, each off by 1e-16 times exponents of at most 100."""

PRINTED = {0.25: 0.69305, 0.5: 0.63272, 1.0: 0.33683}
"""Nats of X uniform on {-1, +1} plus noise of that sigma, by somebody's quadrature: to the digits printed."""


def sp(t, y=None, ids=None, x=None, seed=0, **fields):
    samples = len(t.values if isinstance(t, Activity) else t)
    ids = np.arange(samples) if ids is None and x is None else ids
    rng = np.random.default_rng(seed)
    return SamplePropagation(**fields).estimate(t, Probe(x=x, y=y, ids=ids), rng=rng)


def nats_of_two_points(sigma):
    """I = H(T) - H(Z), T an even mixture of N(-1, sigma^2) and N(+1, sigma^2); by quadrature."""

    def density(t):
        kernels = (math.exp(-((t - mean) ** 2) / (2 * sigma**2)) for mean in (-1, 1))
        return sum(kernels) / 2 / sigma / math.sqrt(2 * math.pi)

    h, _ = quad(lambda t: -density(t) * math.log(density(t)), -1 - 9 * sigma, 1 + 9 * sigma, limit=500)
    return h - math.log(sigma * math.sqrt(2 * math.pi * math.e))


def deviation_of_two_points(sigma):
    """Standard deviation in nats of ln p(T|X) / p(T) = ln 2 - ln(1 + exp(-2 / sigma^2 - 2 z / sigma))."""

    def moment(power):
        def weighed(z):
            ratio = math.log(2) - math.log1p(math.exp(-2 / sigma**2 - 2 * z / sigma))
            return ratio**power * math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)

        return quad(weighed, -12, 12, limit=500)[0]

    return math.sqrt(moment(2) - moment(1) ** 2)


@pytest.mark.parametrize("sigma", PRINTED)
def test_two_points(sigma):
    """Within four standard errors of 20,000 draws, by the deviation known from quadrature."""
    exact = nats_of_two_points(sigma)
    assert exact == pytest.approx(PRINTED[sigma], abs=5e-6)  # half a unit of the last digit printed
    found = sp([[-1.0], [1.0]], [0, 1], sigma=sigma, draws=10_000)
    error = 4 * deviation_of_two_points(sigma) / math.sqrt(20_000)
    assert abs(found.i_xt * math.log(2) - exact) < error
    assert found.i_ty == found.i_xt


@pytest.mark.parametrize(("d", "sigma", "n"), [(1, 0.5, 1000), (1, 2.0, 1000), (2, 1.0, 1500)])
def test_a_linear_gaussian_channel(d, sigma, n):
    """S ~ N(0, I_d): I = (d/2) log2(1 + 1/sigma^2), about the law of which the rows are a sample.

    The allowance is the bias of the entropy of n components: h(p) - E h(p_n) = E KL(p_n || p), to first order
    chi^2 / (2 n) nats with chi^2 = E[p(T|S) / p(T)] - 1 = (1 + 1/sigma^2)^d - 1, by Mehler's formula.
    """
    exact = d / 2 * math.log2(1 + 1 / sigma**2)
    chi2 = (1 + 1 / sigma**2) ** d - 1
    allowance = chi2 / (2 * n) / math.log(2)
    found = []
    for seed in range(8):
        x = np.random.default_rng([seed, 9]).normal(size=(n, d))
        found.append(sp(x, sigma=sigma, draws=4, seed=seed).i_xt)
    assert abs(np.mean(found) - exact) < allowance + 4 * np.std(found, ddof=1) / math.sqrt(8)


@st.composite
def clouds(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, units = draw(st.sampled_from([1, 2, 7, 60, 200])), draw(st.sampled_from([1, 2, 5, 30]))
    s = rng.normal(size=(n, units)) * draw(st.sampled_from([0.01, 0.3, 1.0, 10.0]))
    if draw(st.booleans()):
        s = np.maximum(s[rng.integers(0, n, n)], 0)
    return (
        s + draw(st.sampled_from([0.0, 1e3])),
        rng.integers(0, 3, n),
        draw(st.sampled_from([0.1, 0.5, 2.0])),
    )


@given(clouds())
def test_it_lies_between_the_kernel_bounds(case):
    """On the same means and variance, up to five standard deviations of its own Monte-Carlo error.

    Proven of the mixture's information, of which this is a mean over draws without bias. The error is
    estimated from few draws a row, of laws with heavy tails where components hardly touch: 1e-3 beside it.
    """
    s, y, sigma = case
    found = sp(s, y, sigma=sigma, draws=30)
    bounds = Kde(noise_variance=sigma**2).estimate(s, Probe(y=y, ids=np.arange(len(s))))
    slack = 5 * found.extras["i_xt_error"] + 1e-3
    assert bounds.i_xt_bounds[0] - slack <= found.i_xt <= bounds.i_xt_bounds[1] + slack
    slack = 5 * found.extras["i_ty_error"] + 1e-3
    assert bounds.i_ty_bounds[0] - slack <= found.i_ty <= bounds.i_ty_bounds[1] + slack


@given(clouds())
def test_against_mixtures_written_down(case):
    """Densities of all components at the same draws, by logsumexp."""
    s, y, sigma = case
    n, units = s.shape
    z = np.random.default_rng(0).standard_normal((n, 3, units))
    t = (s[:, None] + sigma * z)[:, :, None, :]
    kernels = -(((t - s) / sigma) ** 2).sum(axis=3) / 2  # rows, draws, components
    own = -(z**2).sum(axis=2) / 2
    same = (y[:, None] == y)[:, None, :]
    p_t = logsumexp(kernels, axis=2) - math.log(n)
    p_t_given_y = logsumexp(np.where(same, kernels, -np.inf), axis=2) - np.log(same.sum(axis=2))
    found = sp(s, y, sigma=sigma, draws=3)
    # (t - s) at an offset of 1e3 has lost 1e-13 of it, and squares of it are taken up to 100 sigma away
    assert found.i_xt == pytest.approx(float((own - p_t).mean()) / math.log(2), abs=1e-7)
    assert found.i_ty == pytest.approx(float((p_t_given_y - p_t).mean()) / math.log(2), abs=1e-7)


def test_far_means_say_which_they_are():
    found = sp(np.arange(8.0)[:, None] * 1e4, np.arange(8) % 2, sigma=1.0)
    assert found.i_xt == pytest.approx(3.0, abs=ROUNDING)
    assert found.i_ty == pytest.approx(1.0, abs=ROUNDING)
    assert found.extras["i_xt_error"] == pytest.approx(0.0, abs=ROUNDING)
    assert found.warnings == ("saturated",)


def test_rows_of_equal_inputs_are_one_mixture():
    """Two inputs, each with two far means: T knows the input, 1 bit; I(S;T|X) is the other bit."""
    found = sp(np.arange(4.0)[:, None] * 1e4, ids=[0, 0, 1, 1], sigma=1.0)
    assert found.i_xt == pytest.approx(1.0, abs=ROUNDING)
    assert found.extras["i_st_given_x"] == pytest.approx(1.0, abs=ROUNDING)
    assert found.warnings == ("saturated", "stochastic")
    alike = sp(np.array([0.0, 0.0, 1e4, 1e4])[:, None], ids=[0, 0, 1, 1], sigma=1.0)
    assert alike.i_xt == pytest.approx(1.0, abs=ROUNDING)
    assert "stochastic" not in alike.warnings


# ---- noisy nets ---------------------------------------------------------------------------------------


def chain(n, a, b, sigma, first=True):
    """X -> T1 = aX + Z1 -> T2 = b T1 + Z2, X standard normal, as activities; I is known in closed form."""
    x = np.random.default_rng(11).normal(size=(n, 1))
    clean = torch.from_numpy(a * x)

    def one(rng):
        return clean

    def two(rng):
        return b * (clean + sigma * torch.from_numpy(rng.standard_normal((n, 1))))

    noise = Noise(sigma, True, one) if first else Noise(sigma, False, two)
    return x, Activity(values=clean, layer="dense2", noise=noise)


def test_the_second_noisy_layer_of_a_linear_chain():
    """I(X;T2) = log2(1 + a^2 b^2 / (sigma^2 (1 + b^2))) / 2 with Z1 passed on.

    Allowances: chi^2 / (2 n) for the n components of p(T) as above, with I(S2;T2) in place of I(X;T2), and
    chi^2 / (2 passes) of p(T2|X), Gaussian with a variance of b^2 in units of the noise; doubled, for the
    orders behind the first. Then the sample: the entropy of n values of X varies with them by 1/sqrt(2 n).
    """
    n, a, b, sigma, passes = 1500, 1.0, 1.0, 0.7, 64
    x, activity = chain(n, a, b, sigma, first=False)
    exact = math.log2(1 + a**2 * b**2 / (sigma**2 * (1 + b**2))) / 2
    found = [sp(activity, x=x, passes=passes, draws=4, seed=s).i_xt for s in range(4)]

    # chi^2 of S ~ N(0, r) and S + Z, Z of variance 1, is r
    bias = b**2 * (a**2 / sigma**2 + 1) / n + b**2 / passes
    tolerance = bias / math.log(2) + 4 / math.sqrt(2 * n) / math.log(2)
    assert abs(np.mean(found) - exact) < tolerance
    # The first layer's closed form would be far off here: it takes Z1 for something that X knows.
    first = chain(n, a, b, sigma)[1]
    assert abs(sp(first, x=x, draws=4).i_xt - math.log2(1 + a**2 / sigma**2) / 2) < tolerance
    assert found[0] < sp(first, x=x, draws=4).i_xt - 0.3


def test_too_few_passes_say_so():
    """With chi^2 = b^2, first order puts 64 passes at b = 1 off by 1 / 128 nats; b = 30 is far beyond them.

    chi^2 is read off the same 64 passes, 300 rows and 4 draws; its own error of second order is a tenth, and
    that of 1,200 points of a heavy tail two.
    """
    x, activity = chain(300, 1.0, 30.0, 0.7, first=False)
    few = sp(activity, x=x, passes=64, draws=4)
    assert "few-samples" in few.warnings
    assert few.extras["i_st_given_x"] > 1
    x, activity = chain(300, 1.0, 1.0, 0.7, first=False)
    enough = sp(activity, x=x, passes=64, draws=4)
    assert "few-samples" not in enough.warnings
    assert enough.extras["passes_bias"] == pytest.approx(1 / 128 / math.log(2), rel=0.3)


def test_along_a_noisy_net_information_falls():
    """Through the recorder, sigma from the net. By more than the biases: small layers, much noise."""
    x = np.random.default_rng(0).normal(size=(400, 6)).astype(np.float32)
    net = Noisy(net=Mlp(hidden=(3, 3, 3), activation="tanh"), sigma=0.4).build((6,), 2, seed=1)
    probe = Probe(x=x, y=(x[:, 0] > 0).astype(int))
    rows = Recorder(net, probe, estimators=[SamplePropagation(draws=5, passes=40)]).record(0)
    *hidden, output = rows
    assert [row.status for row in hidden] == ["ok"] * 3
    i_xt = [row.i_xt for row in hidden]
    assert i_xt[0] > i_xt[1] > i_xt[2] > 0
    assert 0 < hidden[0].i_ty <= probe.h_y
    assert output.status == "invalid"
    assert "layer 'output' adds none of its own" in output.reason
    again = Recorder(net, probe, estimators=[SamplePropagation(draws=5, passes=40)]).record(0)
    assert again == rows


def test_a_layer_behind_noise_takes_stated_noise_on_top():
    """`sigma` written out, of a layer that is stochastic: its own draws are the means."""
    x = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    net = Noisy(net=Mlp(hidden=(3,), activation="tanh"), sigma=0.4).build((6,), 2, seed=1)
    ((_, values),) = capture(net, torch.from_numpy(x), ["output"])
    (activity,) = Teller(net, torch.from_numpy(x)).parts(values, "output", "whole", 0)
    found = sp(activity, x=x, sigma=0.1, passes=16)
    assert found.extras["i_st_given_x"] > 0
    frozen = sp(values, x=x, sigma=0.1)  # as if X had fixed what the noise did
    assert found.i_xt < frozen.i_xt


# ---- refusals and edges -------------------------------------------------------------------------------


def test_without_noise_there_is_nothing_to_measure():
    with pytest.raises(ActivityError, match=r"this activity adds none of its own\. .*\"noisy\""):
        sp(np.zeros((4, 1)))


def test_another_sigma_than_the_layers_is_refused():
    _, activity = chain(10, 1.0, 1.0, 0.7)
    with pytest.raises(ActivityError, match=r"layer 'dense2' adds noise of sigma 0\.7; `sigma` is 0\.5"):
        sp(activity, sigma=0.5)
    assert sp(activity, sigma=0.7) == sp(activity)


def test_it_needs_random_numbers():
    with pytest.raises(UserError, match="sample-propagation draws random numbers: pass `rng`"):
        SamplePropagation(sigma=1.0).estimate(np.zeros((4, 1)), Probe(ids=np.arange(4)))


@pytest.mark.parametrize("size", [1e160, 1e300])
def test_activity_that_is_too_far_spread_is_refused(size):
    with pytest.raises(ActivityError, match=r"more than 1e\+100 times `sigma`, 0\.5\. Enlarge it"):
        sp(np.array([[-size], [size]]), sigma=0.5)


def test_bad_values_and_shapes_are_refused():
    with pytest.raises(ActivityError, match="not finite, first in row 1"):
        sp(np.array([[0.0], [math.nan]]), sigma=1.0)
    with pytest.raises(ShapeError, match="each of the probe's 3 samples"):
        SamplePropagation(sigma=1.0).estimate(
            np.zeros((4, 1)), Probe(ids=np.arange(3)), rng=np.random.default_rng(0)
        )


@pytest.mark.parametrize("value", [0.0, -0.3, 1e6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_a_constant_layer_says_nothing(value, dtype):
    found = sp(np.full((50, 3), value, dtype=dtype), np.arange(50) % 3, sigma=0.1)
    assert found.i_xt == pytest.approx(0.0, abs=ROUNDING)
    assert found.i_ty == pytest.approx(0.0, abs=ROUNDING)


@pytest.mark.parametrize("samples", [1, 2, 3])
def test_few_samples_and_one_class(samples):
    found = sp(np.arange(samples)[:, None], np.full(samples, 7), sigma=1.0)
    assert found.i_ty == pytest.approx(0.0, abs=ROUNDING)
    assert found.i_xt <= math.log2(samples) + ROUNDING
    assert sp(np.arange(samples)[:, None], sigma=1.0).i_ty is None
    if samples == 1:
        assert (found.i_xt, found.warnings) == (0.0, ())


def test_no_units_say_nothing():
    assert sp(np.zeros((5, 0)), sigma=1.0).i_xt == pytest.approx(0.0, abs=ROUNDING)


def test_the_error_is_that_of_other_draws():
    """The deviation over 100 seeds is what one estimate says of itself, within four standard errors."""
    s = np.random.default_rng(0).normal(size=(60, 2))
    found = [sp(s, np.arange(60) % 2, sigma=1.0, seed=seed) for seed in range(100)]
    for column in ("i_xt", "i_ty"):
        over_seeds = np.std([getattr(e, column) for e in found], ddof=1)
        said = np.mean([e.extras[f"{column}_error"] for e in found])
        assert over_seeds == pytest.approx(said, rel=4 / math.sqrt(2 * 100))


def test_labels_hold_what_matters():
    assert SamplePropagation().label == "sample-propagation(own, 10 draws, 64 passes)"
    assert SamplePropagation(sigma=0.25, draws=5).label == "sample-propagation(0.25, 5 draws, 64 passes)"
