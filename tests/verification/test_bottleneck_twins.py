"""The claims about error and the price of information fall where bounds or curves are other ones."""

from dataclasses import replace

import numpy as np
import pytest

from ibspec.analysis import bottleneck_curve
from verification.theory import test_bottleneck as claims


@pytest.mark.can_fail("ib.theorem")
def test_half_the_entropy_in_nats(log, monkeypatch):
    """The upper bound is about bits: 0.35 of one is too little."""
    monkeypatch.setattr(claims, "highest_error", lambda entropy, classes: entropy * np.log(2) / 2)
    with pytest.raises(AssertionError, match=r"P <= highest error: .* should not exceed"):
        claims.test_information_and_error(log)


@pytest.mark.can_fail("ib.theorem")
def test_without_the_second_term(log, monkeypatch):
    """As for two classes, whatever their number."""
    fano = claims.fano
    monkeypatch.setattr(claims, "fano", lambda error, classes: fano(error, 2))
    with pytest.raises(AssertionError, match=r"H\(Y\|T\) <= h2\(P\) .*: .* should not exceed"):
        claims.test_information_and_error(log)


@pytest.mark.can_fail("ib.theorem")
def test_error_determined_by_information(log, monkeypatch):
    """As printed: the error of an erasure channel for every law."""
    monkeypatch.setattr(
        claims, "lowest_error", lambda entropy, classes: claims.highest_error(entropy, classes)
    )
    with pytest.raises(AssertionError, match=r"lowest error <= P: .* should not exceed"):
        claims.test_information_and_error(log)


@pytest.mark.can_fail("ib.theorem")
def test_another_guess(log, monkeypatch):
    """The least likely label instead of the likeliest."""
    monkeypatch.setattr(claims, "best_error", lambda joint: 1 - float(joint.min(axis=1).sum()))
    with pytest.raises(AssertionError, match=r"P <= H\(Y\|T\)/2|H\(Y\|T\) <= h2"):
        claims.test_information_and_error(log)


def lowered(share):
    """A curve that promises less."""

    def build(joint):
        curve = bottleneck_curve(joint)
        return curve if curve.is_exact else replace(curve, i_ty=share * curve.i_ty)

    return build


@pytest.mark.can_fail("ib.curve")
def test_a_curve_that_is_too_low(log, monkeypatch):
    monkeypatch.setattr(claims, "bottleneck_curve", lowered(0.8))
    with pytest.raises(AssertionError, match=r"an encoder, Y noisy: .* should not exceed"):
        claims.test_the_trade_off(log)


@pytest.mark.can_fail("ib.curve")
def test_a_curve_that_is_too_high(log, monkeypatch):
    """Above all that can be known of Y."""
    monkeypatch.setattr(claims, "bottleneck_curve", lowered(1.1))
    with pytest.raises(AssertionError, match=r"<= I\(X;Y\): .* should not exceed"):
        claims.test_the_trade_off(log)


@pytest.mark.can_fail("ib.curve")
def test_without_the_corner(log, monkeypatch):
    """A curve through its ends only: all of X for all of Y."""

    def build(joint):
        curve = bottleneck_curve(joint)
        return replace(curve, i_xt=np.array([0.0, claims.entropy(joint.sum(axis=1)) + 0.1]))

    monkeypatch.setattr(claims, "bottleneck_curve", build)
    with pytest.raises(AssertionError, match=r"min\(x, H\(Y\)\), Y a function: .* should equal"):
        claims.test_the_trade_off(log)


@pytest.mark.can_fail("ib.curve")
def test_a_search_that_stays_between(log, monkeypatch):
    """One that found the encoder between the corners at any beta."""
    middle = np.array([[0.75, 0.25], [0.75, 0.25], [0.25, 0.75]])
    monkeypatch.setattr(claims, "settle", lambda joint, start, beta: middle)
    with pytest.raises(AssertionError, match=r"where beta = 0\.7 ends: .* should equal"):
        claims.test_the_trade_off(log)
