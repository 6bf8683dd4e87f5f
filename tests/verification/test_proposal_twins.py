"""The claims about proposed estimators and data fall where estimates or nets behave in other ways."""

from types import SimpleNamespace

import numpy as np
import pytest

from ibspec.estimators import Exact, Ksg
from verification.findings import test_relevant_inputs as inputs
from verification.theory import test_proposed_estimators as proposed
from verification.theory import test_subsets as subsets


def one(estimate):
    """A single estimator in place of those proposed; the local one answers like it."""
    return SimpleNamespace(estimate=estimate, label="other")


def altered(change):
    def estimate(t, probe, *, rng):
        return SimpleNamespace(i_xt=change(Ksg().estimate(t, probe, rng=rng).i_xt, len(t), rng))

    return one(estimate)


@pytest.mark.can_fail("prop.estimators")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda bits, rows, rng: bits + 0.1, "bias at 800 rows", id="biased"),
        pytest.param(
            lambda bits, rows, rng: bits + rng.normal() * 0.3, "spread at 800 rows over 100 rows", id="noisy"
        ),
        pytest.param(lambda bits, rows, rng: min(bits, 2.0), "growth of T = tanh", id="does not grow"),
    ],
)
def test_another_estimator(log, monkeypatch, change, message):
    monkeypatch.setattr(proposed, "estimators", lambda: (altered(change),))
    with pytest.raises(AssertionError, match=rf"{message}.*: .* should not exceed"):
        proposed.test_neighbours_and_local_normals(log)


@pytest.mark.can_fail("prop.estimators")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda bits, rows, rng: bits + 2.0, "local normals: bias", id="biased"),
        pytest.param(
            lambda bits, rows, rng: min(bits, 2.0), "local normals: growth of T = tanh", id="does not grow"
        ),
    ],
)
def test_another_fit_of_normals(log, monkeypatch, change, message):
    monkeypatch.setattr(proposed, "LocalGaussian", lambda: altered(change))
    monkeypatch.setattr(proposed, "estimators", tuple)
    with pytest.raises(AssertionError, match=rf"{message}.*: .* should not exceed"):
        proposed.test_neighbours_and_local_normals(log)


@pytest.mark.can_fail("prop.subset")
def test_all_rows_whatever_is_asked(log, monkeypatch):
    """The value of the full set is not bounded by the size of a part."""

    def whole(codes, rows):
        return Exact().estimate(codes, subsets.Probe(ids=np.arange(len(codes))))

    monkeypatch.setattr(subsets, "measured", whole)
    with pytest.raises(AssertionError, match=r"I <= log2 of the rows: .* should not exceed"):
        subsets.test_some_of_the_rows(log)


@pytest.mark.can_fail("prop.subset")
def test_the_part_is_all(log, monkeypatch):
    monkeypatch.setattr(subsets, "PART", subsets.ALL)
    with pytest.raises(AssertionError, match=r"all rows, and the training part: .* should differ"):
        subsets.test_some_of_the_rows(log)


@pytest.mark.can_fail("prop.subset")
def test_a_cap_that_nothing_passes(log, monkeypatch):
    """The condition would be idle if estimates that count nothing kept to it."""
    monkeypatch.setattr(subsets, "Lnn", Ksg)
    with pytest.raises(AssertionError, match=r"without counting: .* should not exceed"):
        subsets.test_some_of_the_rows(log)


EPOCHS = np.arange(0.0, 240.0, 6.0)


def nets(end_of_rest, end_of_kept):
    """Ten nets whose parts go from 3 bits to these, evenly, and one whose relevant part is the label."""
    ramp = EPOCHS / EPOCHS[-1]

    def measured(relevant, irrelevant, out):
        rest, kept = (
            np.stack([3 + (end - 3) * ramp] * inputs.REPLICAS) for end in (end_of_rest, end_of_kept)
        )
        return rest, kept if relevant > 1 else np.ones_like(kept), EPOCHS

    return measured


@pytest.mark.can_fail("prop.relevant")
@pytest.mark.parametrize(
    ("rest", "kept", "message"),
    [
        pytest.param(3.0, 1.0, r"I\(Z;T\|R\) falls", id="the rest stays"),
        pytest.param(1.0, 3.0, r"I\(R;T\) falls", id="the relevant part stays"),
    ],
)
def test_nets_that_keep(log, monkeypatch, tmp_path_factory, rest, kept, message):
    monkeypatch.setattr(inputs, "measured", nets(rest, kept))
    with pytest.raises(AssertionError, match=rf"{message}: sign test over nets: .* should not exceed"):
        inputs.test_relevant_and_irrelevant_inputs(log, tmp_path_factory)


@pytest.mark.can_fail("prop.relevant")
def test_nets_that_forget_the_label(log, monkeypatch, tmp_path_factory):
    made = nets(1.0, 1.0)
    monkeypatch.setattr(inputs, "measured", lambda relevant, irrelevant, out: made(3, irrelevant, out))
    with pytest.raises(AssertionError, match=r"falls where R is the label: 10 should not exceed 0"):
        inputs.test_relevant_and_irrelevant_inputs(log, tmp_path_factory)


def test_nets_that_keep_the_label_alone(log, monkeypatch, tmp_path_factory):
    """The check that fails above passes where it should."""
    monkeypatch.setattr(inputs, "measured", nets(1.0, 1.0))
    inputs.test_relevant_and_irrelevant_inputs(log, tmp_path_factory)
    assert log.verdict == "not supported"


@pytest.mark.can_fail("prop.relevant")
def test_parts_that_do_not_add_up(log, monkeypatch, tmp_path_factory):
    """I(Z;T) without the condition in place of I(Z;T|R)."""
    monkeypatch.setattr(inputs, "measured", nets(1.0, 1.0))
    monkeypatch.setattr(inputs, "PARTS", ("i_relevant_t", "i_relevant_t"))
    with pytest.raises(AssertionError, match=r"I\(R;T\) \+ I\(Z;T\|R\) = I\(X;T\): .* should equal"):
        inputs.test_relevant_and_irrelevant_inputs(log, tmp_path_factory)
