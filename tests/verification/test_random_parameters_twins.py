"""The claims about random parameters fail on wrong laws, chains, criteria and formulas."""

from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ibspec.estimators import Binning, Width
from ibspec.models.initialisation import NamedInitialisation
from verification import information
from verification.errata import test_random_parameters_compression as compression
from verification.errata import test_random_parameters_limits as limits
from verification.findings import test_random_parameters as retraining
from verification.theory import test_random_parameter_information as values
from verification.theory import test_random_parameters as random


@pytest.mark.can_fail("theta.gaussian-init")
def test_uniform_first_weights(log, monkeypatch):
    """A uniform law under the name of a normal one, with the same variance."""

    def uniform(law, shape, generator):
        weight = torch.empty(shape)
        NamedInitialisation(kind="glorot-uniform").draw(weight, generator, is_output=False)
        return weight.double().numpy()

    monkeypatch.setattr(random, "drawn", uniform)
    with pytest.raises(AssertionError, match=r"single weights: .* should not exceed"):
        random.test_first_parameters(log)


@pytest.mark.can_fail("theta.gaussian-init")
def test_tied_first_weights(log, monkeypatch):
    """Each weight is normal, but two of them are one: sums have another variance."""
    right = random.drawn

    def tied(law, shape, generator):
        weight = right(law, shape, generator)
        if shape == (2, 3):
            weight[1] = weight[0]
        return weight

    monkeypatch.setattr(random, "drawn", tied)
    with pytest.raises(AssertionError, match=r"sums of weights: .* should not exceed"):
        random.test_first_parameters(log)


@pytest.mark.can_fail("theta.markov")
def test_hidden_velocity(log, monkeypatch):
    """Where only the weight of a state is seen, descent with momentum remembers."""
    right = random.paths

    def weight_alone(starts, batches, step, seen=lambda state: state):
        return right(starts, batches, step, lambda state: state[0] if isinstance(state, tuple) else state)

    monkeypatch.setattr(random, "paths", weight_alone)
    with pytest.raises(AssertionError, match=r"weight and (velocity|rows left): .* should equal 0\.0"):
        random.test_memory_of_descent(log)


@pytest.mark.can_fail("theta.markov")
def test_batches_that_depend(log, monkeypatch):
    """The second batch is never the first one again: batches are no longer independent."""

    def distinct(data, repeat):
        return ((a, b) for a in data for b in data if a != b)

    right = random.product
    monkeypatch.setattr(
        random, "product", lambda *sets, repeat=1: distinct(*sets, repeat) if repeat == 2 else right(*sets)
    )
    with pytest.raises(
        AssertionError, match=r"(plain descent|epochs in fresh orders|velocity): .* should equal"
    ):
        random.test_memory_of_descent(log)


@pytest.mark.can_fail("theta.posterior")
def test_posterior_of_the_wrong_variable(log, monkeypatch):
    right = random.only_one_input
    monkeypatch.setattr(random, "only_one_input", lambda joint: right(joint.T))
    with pytest.raises(AssertionError, match="against the posteriors"):
        random.test_one_input_remains(log)


@pytest.mark.can_fail("theta.not-invertible")
def test_entropy_of_t_given_x(log, monkeypatch):
    """H(T|X) instead of H(X|T): random parameters alone make it positive."""
    monkeypatch.setattr(random, "conditional", lambda joint: information.conditional(joint.T))
    with pytest.raises(AssertionError, match="although overlap is"):
        random.test_not_invertible_when_random(log)


@pytest.mark.can_fail("theta.conditioning")
def test_parameters_that_know_x(log, monkeypatch):
    """Parameters that name the input, in place of independent ones."""

    def leaking(of_theta, of_x, table, symbols):
        joint = np.zeros((len(of_theta), len(of_x), symbols))
        for theta, x in np.ndindex(table.shape):
            joint[theta, x, table[theta, x]] = (theta % len(of_x) == x) * of_theta[theta]
        return joint

    monkeypatch.setattr(values, "joint_law", leaking)
    with pytest.raises(AssertionError, match=r"theta.*: .* should (equal|not exceed)"):
        values.test_knowing_the_parameters(log)


@pytest.mark.can_fail("theta.discrete-net")
def test_entropy_for_information(log, monkeypatch):
    """The shortcut I = H(T) does not hold where the parameters are random."""

    def shortcut(t, probe):
        found = Binning(cells=Width(1.0)).estimate(t, probe)
        return replace(found, i_xt=found.h_t)

    monkeypatch.setattr(values, "EXACT", SimpleNamespace(estimate=shortcut))
    with pytest.raises(AssertionError, match=r"counted, by the book: .* should equal"):
        values.test_enumerated_nets(log)


@pytest.mark.can_fail("theta.discrete-net")
def test_cells_that_merge(log, monkeypatch):
    monkeypatch.setattr(values, "EXACT", Binning(cells=Width(2.0)))
    with pytest.raises(AssertionError, match=r"counted, by the book: .* should equal"):
        values.test_enumerated_nets(log)


@pytest.mark.can_fail("theta.linear-gaussian")
def test_formula_in_nats(log, monkeypatch):
    right = values.gaussian_bits
    monkeypatch.setattr(values, "gaussian_bits", lambda *given: right(*given) * np.log(2))
    with pytest.raises(AssertionError, match=r"Gaussian X, s = 0\.25: .* should equal 2\.043731"):
        values.test_gaussian_channel(log)


@pytest.mark.can_fail("theta.linear-gaussian")
def test_standard_deviation_for_variance(log, monkeypatch):
    """Kernels of variance s where s is the standard deviation leave the truth outside the bounds."""
    right = values.Kde
    monkeypatch.setattr(values, "Kde", lambda noise_variance: right(noise_variance=noise_variance**0.5))
    with pytest.raises(AssertionError, match=r"kernel bound from (below|above): .* should not exceed"):
        values.test_gaussian_channel(log)


@pytest.mark.can_fail("theta.sgd-step-gaussian")
def test_only_variance_looked_at(log, monkeypatch):
    """By mean and variance alone every law passes for normal."""
    right = limits.cumulants_of

    def two(polynomial):
        return right(polynomial)[:2] + [Fraction(0)] * 4

    monkeypatch.setattr(limits, "cumulants_of", two)
    with pytest.raises(AssertionError, match="although affine is False"):
        limits.test_one_step(log)


@pytest.mark.can_fail("theta.sgd-step-gaussian")
def test_kinked_step_that_loses_lengths(log, monkeypatch):
    monkeypatch.setattr(limits, "zigzag", lambda u: u * u)
    with pytest.raises(AssertionError, match=r"a kinked step keeps N\(0, 1\): .* should equal"):
        limits.test_one_step(log)


@pytest.mark.can_fail("theta.recursion")
def test_routine_that_forgets_a_step(log, monkeypatch):
    right = limits.corrected_routine
    monkeypatch.setattr(limits, "corrected_routine", lambda draw, step: right(draw, lambda w: w))
    with pytest.raises(AssertionError, match=r"routine and kernel|must take e - 1 steps"):
        limits.test_law_of_the_next_parameters(log)


@pytest.mark.can_fail("theta.recursion")
def test_print_that_names_itself(log, monkeypatch):
    """Were the call the one that is meant, no name would be missing."""
    monkeypatch.setattr(limits, "printed_routine", limits.corrected_routine)
    with pytest.raises(AssertionError, match="the printed routine calls another"):
        limits.test_law_of_the_next_parameters(log)


@pytest.mark.can_fail("theta.point-probability")
def test_law_with_an_atom(log, monkeypatch):
    """A law with a probability of 0.3 itself: the chance does not shrink with the width."""
    right = compression.stats.norm
    norm = SimpleNamespace(pdf=right.pdf, cdf=lambda w: 0.9 * right.cdf(w) + 0.1 * (w >= 0.3))
    monkeypatch.setattr(compression, "stats", SimpleNamespace(norm=norm))
    with pytest.raises(AssertionError, match=r"chance over width: .* should equal"):
        compression.test_single_points(log)


@pytest.mark.can_fail("theta.point-probability")
def test_entropy_the_wrong_way_round(log, monkeypatch):
    monkeypatch.setattr(compression, "conditional", lambda joint: information.conditional(joint.T))
    with pytest.raises(AssertionError, match="t reached by both"):
        compression.test_single_points(log)


@pytest.mark.can_fail("theta.compression")
def test_overlap_not_seen(log, monkeypatch):
    monkeypatch.setattr(compression, "conditional", lambda joint: 0.0)
    with pytest.raises(AssertionError, match=r"corrected: H\(X\|T\) = 0\.0, mutually singular"):
        compression.test_normal_parameters_need_not_compress(log)


@pytest.mark.can_fail("theta.compression")
def test_variances_for_scales(log, monkeypatch):
    right = compression.scale_bits
    monkeypatch.setattr(compression, "scale_bits", lambda ratio, step=0.05: right(ratio**0.5, step))
    with pytest.raises(AssertionError, match=r"X in 1, 2: .* should equal 0\.13378599"):
        compression.test_normal_parameters_need_not_compress(log)


@pytest.mark.can_fail("theta.retrain")
def test_one_network_again_and_again(log, monkeypatch):
    """Sixty copies of one network: nothing is lost by not knowing the run, and hidden layers beat chance."""
    right = retraining.train_nets

    def copies(runs, seed):
        x, y, layers = right(2, seed)
        return x, y, [np.repeat(t[:1], runs, axis=0) for t in layers]

    monkeypatch.setattr(retraining, "train_nets", copies)
    with pytest.raises(AssertionError, match=r"hidden layer, against chance: .* should not exceed"):
        retraining.test_networks_trained_again(log)


@pytest.mark.can_fail("theta.retrain")
def test_untrained_output(log, monkeypatch):
    """Outputs whose sign is chance in each run do not speak one language."""
    right = retraining.train_nets

    def turned(runs, seed):
        x, y, layers = right(runs, seed)
        signs = np.random.default_rng(0).choice([-1, 1], (runs, 1, 1))
        return x, y, [*layers[:-1], layers[-1] * signs]

    monkeypatch.setattr(retraining, "train_nets", turned)
    with pytest.raises(AssertionError, match=r"output: chance and half a bit, .* should not exceed"):
        retraining.test_networks_trained_again(log)
