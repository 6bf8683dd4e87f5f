"""The claims about what is reported of one convolutional net fall where the tests of it are too easy."""

import pytest
from scipy import stats

from ibspec.analysis import Equivalence, NoCompression, SignTest
from tests.verification.test_phases_twins import level, use
from verification.findings import test_convolutional_reports as reports
from verification.theory import test_comparing_methods as methods


@pytest.mark.can_fail("cnn.no-compression")
def test_absence_for_want_of_evidence(log, monkeypatch):
    """Calling absence whatever was not found significant."""
    monkeypatch.setattr(reports, "no_compression", lambda *_, **__: NoCompression("shown", "", None))
    with pytest.raises(AssertionError, match=r"fall of 0\.1 bits: shown: 1\.0 should not exceed"):
        reports.test_absence_of_compression(log)


@pytest.mark.can_fail("cnn.no-compression")
def test_absence_that_is_never_shown(log, monkeypatch):
    monkeypatch.setattr(reports, "no_compression", lambda *_, **__: NoCompression("not shown", "", None))
    with pytest.raises(AssertionError, match=r"level: shown: 0\.95 should not exceed 0\.0"):
        reports.test_absence_of_compression(log)


@pytest.mark.can_fail("cnn.dropout-invariance")
def test_equivalence_by_a_small_mean(log, monkeypatch):
    """The mean within the margin, without limits."""

    def easy(differences, margin):
        mean = float(differences.mean())
        return Equivalence(mean, mean, mean, margin, len(differences))

    monkeypatch.setattr(reports, "equivalence", easy)
    with pytest.raises(AssertionError, match=r"a difference of the margin: shown: .* should not exceed"):
        reports.test_dropout(log)


@pytest.mark.can_fail("cnn.accuracy")
def test_error_of_fewer_images(log, monkeypatch):
    monkeypatch.setattr(reports, "IMAGES", 1000)
    with pytest.raises(AssertionError, match=r"standard error of one run: .* should equal 0\.0863"):
        reports.test_accuracy(log)


@pytest.mark.can_fail("cnn.accuracy")
def test_interval_that_is_too_narrow(log, monkeypatch):
    """At 80 % in place of 95 %."""

    proper = stats.binomtest
    monkeypatch.setattr(
        reports,
        "stats",
        type("Stats", (), {"binomtest": staticmethod(lambda k, n: Narrow(proper(k, n)))}),
    )
    with pytest.raises(AssertionError, match=r"2000 runs: inside the interval: 0\.95 should not exceed"):
        reports.test_accuracy(log)


class Narrow:
    def __init__(self, found):
        self.found = found

    def proportion_ci(self):
        return self.found.proportion_ci(0.8)


@pytest.mark.can_fail("cnn.last-hidden")
def test_nets_that_learn_nothing(log, monkeypatch):
    use(monkeypatch, reports, level())
    with pytest.raises(AssertionError, match=r"tanh, hidden 3: gains: 1\.0 should not exceed 0\.05"):
        reports.test_growth_of_the_last_layers(log)


@pytest.mark.can_fail("cnn.last-hidden")
def test_signs_that_always_tell(log, monkeypatch):
    monkeypatch.setattr(reports, "sign_test", lambda *_: SignTest(20, 20, 0.0))
    with pytest.raises(AssertionError, match=r"no direction: called one: 1\.0 should equal"):
        reports.test_growth_of_the_last_layers(log)


@pytest.mark.can_fail("cnn.activation-method")
def test_nets_that_judge_themselves(log, monkeypatch):
    """Scores by a rule that has seen the net find a difference where there is none."""

    def seen(one, other):
        direction = one.mean(axis=0) - other.mean(axis=0)
        return one @ direction, other @ direction

    monkeypatch.setattr(methods, "scores", seen)
    with pytest.raises(AssertionError, match=r"planted: area, best: .* should not exceed 0\.5"):
        methods.test_telling_trained_nets(log)


@pytest.mark.can_fail("cnn.activation-method")
def test_scores_by_the_last_feature(log, monkeypatch):
    monkeypatch.setattr(methods, "scores", lambda one, other: (one[:, -1], other[:, -1]))
    with pytest.raises(AssertionError, match=r"planted: area, loss: .* should not exceed"):
        methods.test_telling_trained_nets(log)


@pytest.mark.can_fail("cnn.speed")
def test_ratio_of_what_was_slowest(log, monkeypatch):
    """An interval about the ratio of the largest times is about something else."""

    def slowest(ours, theirs):
        ratio = float(theirs.max() / ours.min())
        return ratio, 0.9 * ratio, 1.1 * ratio

    monkeypatch.setattr(methods, "ratio_of_medians", slowest)
    with pytest.raises(AssertionError, match=r"twelve repeats: inside the interval: .* should not exceed"):
        methods.test_speed(log)
