"""The claims of agreement fail for programs that read the formulas otherwise."""

import numpy as np
import pytest

from ibspec.core import Probe
from ibspec.data.symmetric_bits import symmetric_labels
from ibspec.estimators import Binning, Kde, Range
from verification.agreement import test_misreadings as misreadings
from verification.agreement import test_networks as networks
from verification.agreement import test_saxe as saxe
from verification.agreement.stored import curve_probe, read_json, saxe_cases


def without_wrap(**fields):
    """The same bins, values below the first edge in a cell of their own."""
    return Range(**fields | {"outside": "own-cells"})


@pytest.mark.can_fail("agreement.saxe-kde")
def test_deviation_for_variance(log, monkeypatch):
    monkeypatch.setattr(saxe, "Kde", lambda noise_variance: Kde(noise_variance=noise_variance**2))
    with pytest.raises(AssertionError, match=r"ixt_lower_bits, float64: .* should equal"):
        saxe.test_kernel_bounds(log)


@pytest.mark.can_fail("agreement.saxe-binned")
def test_values_below_the_range_kept_apart(log, monkeypatch):
    monkeypatch.setattr(saxe, "Range", without_wrap)
    with pytest.raises(AssertionError, match=r"digitize_30, X: .* should equal"):
        saxe.test_cells(log)


@pytest.mark.can_fail("agreement.idnns")
def test_values_below_the_range_kept_apart_in_networks(log, monkeypatch):
    monkeypatch.setattr(networks, "Range", without_wrap)
    with pytest.raises(AssertionError, match=r"I\(X;T\): .* should equal"):
        networks.test_bins(log)


@pytest.mark.can_fail("agreement.idnns")
def test_repeated_inputs_taken_as_distinct(log, monkeypatch):
    """The shortcut I(X;T) = H(T), which the noisy layers on repeated inputs break."""

    class Shortcut(Binning.__base__):
        cells: object

        @property
        def label(self):
            return "shortcut"

        def estimate(self, t, probe, *, rng=None):
            index = Probe(x=np.arange(probe.samples), y=probe.y)
            return Binning(cells=self.cells).estimate(t, index)

    monkeypatch.setattr(networks, "Binning", Shortcut)
    with pytest.raises(AssertionError, match=r"I\(X;T\): .* should equal"):
        networks.test_bins(log)


@pytest.mark.can_fail("agreement.ibnet-curves")
def test_labels_in_the_order_of_the_words(log, monkeypatch):
    probe = Probe(x=curve_probe().x, y=symmetric_labels().astype(np.int64))
    monkeypatch.setattr(networks, "curve_probe", lambda: probe)
    with pytest.raises(AssertionError, match=r"iyt_(upper|lower), tanh: .* should equal"):
        networks.test_curves(log)


@pytest.mark.can_fail("agreement.misreadings")
@pytest.mark.parametrize("name", sorted(misreadings.NAMES))
def test_each_misreading_is_caught(log, monkeypatch, name):
    """Our own values replaced by the misreading's, case by case."""
    rows = {(row["case"], row["noise_variance"]): row for row in read_json("saxe_misreadings")["rows"]}
    names = {id(case.t): case.name for case in CASES}
    monkeypatch.setattr(misreadings, "saxe_cases", lambda: CASES)

    def misread(t, probe, variance):
        row = rows[names[id(t)], variance]
        values = {
            key: row[f"reference_{key}"] for key in ("ixt_upper_bits", "ixt_lower_bits", "iyt_upper_bits")
        }
        key = next(key for key in row if key.split("__")[0] == name)
        return values | {"iyt_upper_bits" if "__iyt" in key else "ixt_upper_bits": row[key]}

    monkeypatch.setattr(misreadings, "kernel_numbers", misread)
    with pytest.raises(AssertionError, match=r"i[xy]t_upper_bits: .* should equal"):
        misreadings.test_misreadings(log)


CASES = list(saxe_cases())
