"""The claims about phases fall where nets, or detectors, do otherwise."""

from dataclasses import replace

import numpy as np
import pytest

from ibspec.analysis import Compression, Fitting, Interval
from ibspec.analysis.smoothing import smooth
from verification.errata import test_phase_boundary as boundary
from verification.findings import test_phases as phases
from verification.findings import test_phases_and_settings as settings
from verification.planted import noisy
from verification.small_planes import LAYERS, Planes

EPOCHS = np.arange(0, 200, 4)


def textbook(seeds=20) -> Planes:
    """Nets that do what is claimed: every layer learns early, and compresses after that, not before."""
    rise, fall = 1 - np.exp(-EPOCHS / 8), np.clip((EPOCHS - 100) / 60, 0, 1)
    i_ty = noisy(0.1 + 0.9 * rise, seeds * len(LAYERS), seed=0, sd=0.002)
    i_xt = noisy(6 + 3 * rise - 2 * fall, seeds * len(LAYERS), seed=1, sd=0.01)
    shape = seeds, len(LAYERS), len(EPOCHS)
    return Planes(
        epochs=EPOCHS,
        i_xt=i_xt.reshape(shape),
        i_ty=i_ty.reshape(shape),
        last=np.random.default_rng(0).standard_normal((seeds, len(EPOCHS), 256, 4)),
        loss=np.ones((seeds, len(EPOCHS))),
        snr=np.ones((seeds, len(EPOCHS))),
        accuracy=np.ones(seeds),
        rates=np.linspace(0.01, 0.04, seeds),
    )


def level() -> Planes:
    """Nets that stay where they are."""
    still = np.ones((20, len(LAYERS), len(EPOCHS)))
    return replace(textbook(), i_xt=9 * still, i_ty=0.5 * still)


def raw_compression(curve, epochs) -> Compression:
    """The naive rule: raw maximum less end, above one standard deviation."""
    noise = smooth(curve, epochs).noise
    fall, top = float(curve.max() - curve[-1]), int(curve.argmax())
    return Compression(fall, noise, float(epochs[top]) if fall > noise else None, float(curve.max()))


def use(monkeypatch, module, planes):
    monkeypatch.setattr(module, "small_planes", lambda *_, **__: planes)


@pytest.mark.can_fail("phase.fitting")
def test_nets_that_fit_as_told(log, monkeypatch):
    use(monkeypatch, phases, textbook())
    with pytest.raises(
        AssertionError, match=r"hidden 3: I\(X;T\) falls while fitting: 1\.0 should not exceed"
    ):
        phases.test_fitting(log)


@pytest.mark.can_fail("phase.fitting")
def test_slopes_upside_down(log, monkeypatch):
    """A detector that sees early and late the other way round."""
    proper = phases.slopes
    monkeypatch.setattr(phases, "slopes", lambda *given: tuple(-slope for slope in proper(*given)))
    with pytest.raises(AssertionError, match=r"planted: I\(T;Y\) faster: .* should not exceed 0\.05"):
        phases.test_fitting(log)


@pytest.mark.can_fail("phase.compression")
def test_naive_detector(log, monkeypatch):
    monkeypatch.setattr(phases, "compression", raw_compression)
    with pytest.raises(AssertionError, match=r"1000 level curves: alarms: \d+ should not exceed 0"):
        phases.test_compression(log)


@pytest.mark.can_fail("phase.compression")
def test_nets_that_stay(log, monkeypatch):
    use(monkeypatch, phases, level())
    with pytest.raises(AssertionError, match=r"hidden 3: nets that compress: 20 should not exceed 0"):
        phases.test_compression(log)


@pytest.mark.can_fail("phase.order")
def test_nets_in_the_order_told(log, monkeypatch):
    use(monkeypatch, phases, textbook())
    with pytest.raises(AssertionError, match=r"hidden 3: compresses before: 1\.0 should not exceed 0\.05"):
        phases.test_order_of_the_phases(log)


@pytest.mark.can_fail("phase.order")
def test_onset_that_is_the_start(log, monkeypatch):
    """A detector that calls the first epoch the onset finds every compression early."""
    monkeypatch.setattr(phases, "compression", lambda curve, epochs: Compression(1.0, 0.1, 0.0, 9.0))
    with pytest.raises(AssertionError, match=r"planted: compression comes later: 1\.0 should not exceed"):
        phases.test_order_of_the_phases(log)


@pytest.mark.can_fail("phase.layer-label-growth")
def test_nets_whose_layers_all_learn(log, monkeypatch):
    use(monkeypatch, phases, textbook())
    with pytest.raises(AssertionError, match=r"hidden 1: I\(T;Y\) before training, against H\(Y\)"):
        phases.test_growth_about_the_label(log)


@pytest.mark.can_fail("ib.last-layers")
def test_nets_that_move_right(log, monkeypatch):
    use(monkeypatch, phases, textbook())
    with pytest.raises(AssertionError, match=r"hidden 3: moves left: 1\.0 should not exceed 0\.05"):
        phases.test_first_moves(log)


@pytest.mark.can_fail("phase.boundary-conflict")
def test_fitting_that_ends_later(log, monkeypatch):
    """A detector that waits for 99 % of the rise."""

    def late(curve, epochs):
        smoothed = smooth(curve, epochs)
        first, last = smoothed.values[0], smoothed.values[-1]
        reached = np.flatnonzero(smoothed.values >= first + 0.99 * (last - first))[0]
        return Fitting(float(last - first), 0.0, float(smoothed.epochs[reached]))

    monkeypatch.setattr(boundary, "end_of_fitting", late)
    with pytest.raises(AssertionError, match=r"corrected: end of fitting, missed by: .* should not exceed"):
        boundary.test_two_ends_of_one_phase(log)


@pytest.mark.can_fail("phase.boundary-conflict")
def test_one_end_twice(log, monkeypatch):
    monkeypatch.setattr(boundary, "PRINTED", (1000.0, 1000.0))
    with pytest.raises(AssertionError, match=r"(width of the interval|end of fitting, printed)"):
        boundary.test_two_ends_of_one_phase(log)


@pytest.mark.can_fail("phase.data-size")
def test_coefficients_of_other_settings(log, monkeypatch):
    """Coefficients in another order tell the wrong setting."""
    proper = settings.standardised_coefficients
    monkeypatch.setattr(settings, "standardised_coefficients", lambda *a, **k: proper(*a, **k)[::-1])
    with pytest.raises(AssertionError, match=r"planted: (the largest|none) is told: .* should not exceed"):
        settings.test_duration_of_fitting(log)


@pytest.mark.can_fail("phase.data-size")
def test_duration_that_data_sets(log, monkeypatch):
    """Nets whose fitting takes steps in proportion to the square of the size, and nothing else."""
    drawn = np.random.default_rng(0)

    def nets(*, seeds, epochs, batch, rows):
        return replace(textbook(seeds), accuracy=np.full(seeds, batch / rows**3 * 1e7))

    monkeypatch.setattr(settings, "small_planes", nets)
    monkeypatch.setattr(
        settings, "fitting_ends", lambda planes: planes.accuracy * np.exp(0.05 * drawn.standard_normal(6))
    )
    with pytest.raises(AssertionError, match=r"steps: size of the data, against batch and rate"):
        settings.test_duration_of_fitting(log)


@pytest.mark.can_fail("phase.overtraining")
def test_nets_that_keep_what_they_know(log, monkeypatch):
    use(monkeypatch, settings, textbook(10))
    with pytest.raises(AssertionError, match=r"5 %: nets whose output falls: 6 should not exceed 0"):
        settings.test_overtraining(log)


@pytest.mark.can_fail("phase.overtraining")
def test_nets_that_forget_with_all_data(log, monkeypatch):
    planes = textbook(10)
    use(monkeypatch, settings, replace(planes, i_ty=planes.i_xt / 10))
    with pytest.raises(AssertionError, match=r"85 %: nets whose output falls: 10 should not exceed 0"):
        settings.test_overtraining(log)


@pytest.mark.can_fail("phase.tanh-relu")
def test_relu_nets_that_stay(log, monkeypatch):
    """As claimed: tanh nets compress, the others do not."""
    monkeypatch.setattr(settings, "small_planes", lambda kind: textbook() if kind == "tanh" else level())
    with pytest.raises(AssertionError, match=r"hidden 2: ReLU nets that compress: 20 should not exceed 0"):
        settings.test_tanh_against_relu(log)


@pytest.mark.can_fail("phase.tanh-relu")
def test_comparison_that_sees_nothing(log, monkeypatch):
    blind = type("Blind", (), {"delta": Interval(0.0, -1.0, 1.0), "chance": 1.0})
    monkeypatch.setattr(settings, "compare_groups", lambda *_: blind)
    with pytest.raises(AssertionError, match=r"planted: groups two deviations apart: 0\.5 should not"):
        settings.test_tanh_against_relu(log)
