"""The claims about entropy fail when a formula is wrong."""

import numpy as np
import pytest

from verification import information
from verification.errata import test_entropy_misprints as misprints
from verification.theory import test_differential_entropy as differential
from verification.theory import test_entropy as claims
from verification.theory import test_worked_examples as examples


def in_nats(function):
    """The same quantity with the wrong logarithm."""
    return lambda *arguments: function(*arguments) * np.log(2)


@pytest.mark.can_fail("entropy.worked-example-1")
def test_fair_bit_in_nats(log, monkeypatch):
    monkeypatch.setattr(examples, "entropy", in_nats(information.entropy))
    with pytest.raises(AssertionError, match=r"H of the law: 0\.693\d+ should equal 1\.0"):
        examples.test_fair_bit(log)


@pytest.mark.can_fail("entropy.worked-example-2")
def test_three_symbols_taken_as_uniform(log, monkeypatch):
    monkeypatch.setattr(examples, "entropy_bits", lambda labels: np.log2(len(set(labels.tolist()))))
    with pytest.raises(AssertionError, match=r"H of four labels: 1\.58\d+ should equal 1\.5"):
        examples.test_three_symbols(log)


@pytest.mark.can_fail("entropy.worked-example-3")
def test_conditioned_on_the_wrong_variable(log, monkeypatch):
    monkeypatch.setattr(examples, "conditional", lambda joint: information.conditional(joint.T))
    with pytest.raises(AssertionError, match=r"H\(Y\|X\): 0\.68\d+ should equal 0\.5"):
        examples.test_two_variables(log)


@pytest.mark.can_fail("mi.worked-example")
def test_divergence_the_wrong_way_round(log, monkeypatch):
    monkeypatch.setattr(examples, "divergence", lambda p, q: information.divergence(q[p > 0], p[p > 0]))
    with pytest.raises(AssertionError, match=r"D\(joint \|\| product\): .* should equal 0\.311"):
        examples.test_information_by_four_routes(log)


@pytest.mark.can_fail("entropy.definition")
def test_entropy_in_nats(log, monkeypatch):
    monkeypatch.setattr(claims, "entropy_of_counts", in_nats(claims.entropy_of_counts))
    with pytest.raises(AssertionError, match=r"H against SciPy"):
        claims.test_definition(log)


@pytest.mark.can_fail("entropy.definition")
def test_bounds_of_entropy_are_checked(log, monkeypatch):
    """With SciPy wrong in the same way, the bounds still speak."""
    monkeypatch.setattr(claims, "entropy_of_counts", lambda counts: float(np.log2(len(counts))))
    monkeypatch.setattr(claims.stats, "entropy", lambda counts, base: float(np.log2(len(counts))))
    with pytest.raises(AssertionError, match=r"H <= log2 of the support|H is largest|H = 0 must mean"):
        claims.test_definition(log)


@pytest.mark.can_fail("entropy.conditional-001")
def test_conditional_entropy_without_weights(log, monkeypatch):
    def unweighted(joint):
        rows = joint[joint.sum(axis=1) > 0]
        return sum(information.entropy(row / row.sum()) for row in rows)

    monkeypatch.setattr(claims, "conditional", unweighted)
    with pytest.raises(AssertionError, match=r"H\(Y\|X\): .* should equal"):
        claims.test_conditional_entropy(log)


@pytest.mark.can_fail("entropy.chain-rule")
def test_chain_rule_with_the_other_conditional(log, monkeypatch):
    monkeypatch.setattr(claims, "conditional", lambda joint: information.conditional(joint.T))
    with pytest.raises(AssertionError, match=r"X first: .* should equal"):
        claims.test_chain_rule(log)


@pytest.mark.can_fail("entropy.conditional-sum")
def test_slices_without_their_weight(log, monkeypatch):
    monkeypatch.setattr(claims, "conditional_entropy_bits", misprints.moved_out_conditional)
    with pytest.raises(AssertionError, match=r"I\(X;Y\): .* should equal"):
        claims.test_weighted_conditional_entropy(log)


@pytest.mark.can_fail("pseudo.entropy-discrete")
def test_counting_runs_instead_of_values(log, monkeypatch):
    def of_runs(labels):
        starts = np.flatnonzero(np.diff(labels, prepend=labels[0] - 1))
        return information.entropy(np.diff(np.append(starts, len(labels))) / len(labels))

    monkeypatch.setattr(claims, "entropy_bits", of_runs)
    with pytest.raises(AssertionError, match=r"^(H|another order): .* should equal"):
        claims.test_counting_routine(log)


@pytest.mark.can_fail("entropy.uniform-inputs")
def test_duplicates_forgotten(log, monkeypatch):
    class Distinct:
        def __init__(self, x):
            self.h_x = np.log2(len(x))

    monkeypatch.setattr(claims, "Probe", Distinct)
    with pytest.raises(AssertionError, match=r"H\(X\) with duplicates: .* should equal"):
        claims.test_uniform_inputs(log)


@pytest.mark.can_fail("entropy.hx-12")
def test_one_word_twice(log, monkeypatch):
    words = claims.binary_words(12)
    words[0] = words[1]
    monkeypatch.setattr(claims, "binary_words", lambda length: words)
    with pytest.raises(AssertionError, match=r"all words: 11\.99\d+ should equal 12\.0"):
        claims.test_twelve_bits(log)


@pytest.mark.can_fail("entropy.kl-nonnegative")
def test_divergence_with_a_log_of_differences(log, monkeypatch):
    monkeypatch.setattr(claims, "divergence", lambda p, q: information.entropy(q) - information.entropy(p))
    with pytest.raises(AssertionError, match=r"-D: .* should not exceed|Pinsker"):
        claims.test_divergence_is_not_negative(log)


@pytest.mark.can_fail("entropy.differential")
def test_normal_entropy_without_e(log, monkeypatch):
    monkeypatch.setattr(differential, "gaussian_entropy", lambda variance: np.log2(2 * np.pi * variance) / 2)
    with pytest.raises(AssertionError, match=r"normal: .* should equal"):
        differential.test_closed_forms(log)


@pytest.mark.can_fail("entropy.conditional-004")
def test_printed_ratio_taken_for_right(log, monkeypatch):
    """Were the printed form the conditional entropy, the erratum would fall."""
    monkeypatch.setattr(misprints, "upside_down_conditional", information.conditional)
    with pytest.raises(AssertionError, match=r"minus the printed form: .* should equal"):
        misprints.test_ratio_upside_down(log)


@pytest.mark.can_fail("pseudo.conditional-entropy")
def test_printed_routine_taken_for_right(log, monkeypatch):
    def right(x, y):
        return misprints.conditional_entropy_bits(np.asarray(x), np.asarray(y))

    monkeypatch.setattr(misprints, "printed_conditional", right)
    with pytest.raises(AssertionError, match=r"printed, worked example: 0\.688\d+ should equal -0\.918"):
        misprints.test_conditional_entropy_routine(log)


@pytest.mark.can_fail("entropy.kl-direction")
def test_divergence_read_as_printed(log, monkeypatch):
    monkeypatch.setattr(misprints, "divergence", lambda p, q: information.divergence(q, p))
    with pytest.raises(AssertionError, match=r"cost of using Q: .* should equal"):
        misprints.test_direction_of_divergence(log)


@pytest.mark.can_fail("setup.y-uniform")
def test_labels_taken_as_uniform(log, monkeypatch):
    class Uniform:
        def __init__(self, y):
            self.h_y = float(np.log2(len(set(y.tolist()))))

    monkeypatch.setattr(misprints, "Probe", Uniform)
    with pytest.raises(AssertionError, match=r"H\(Y\) from n_y / N: .* should equal"):
        misprints.test_labels_are_not_uniform(log)
