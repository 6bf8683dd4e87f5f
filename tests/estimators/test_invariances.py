"""What estimators must not see: order, names, units of measurement, maps, and copies that are independent.

Exact statements only, one for each change and estimator. That information of *laws* adds over independent
copies, and survives any map of a side, is statistical for estimators that do not state it here: there it is
part of the sampled truths (pairs of normals beside one pair; bent, rolled and spiralling sides).
"""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ibspec.calibrate.standard import kind_of
from ibspec.core import Estimate
from tests.estimators import changes, invariances
from tests.estimators.changes import WITHOUT_CLASSES, Change, Data, drawn, product
from tests.estimators.examples import union_members
from tests.estimators.invariances import ADDING, MEMBERS, Member

SAMPLES = 48

SEEDS = st.integers(0, 2**32 - 1)

PAIRS = [
    pytest.param(member, change, id=f"{member.estimator.label}-{change.__name__}")
    for member in MEMBERS
    for change in member.keeps
]


@pytest.fixture(autouse=True)
def _one_thread(threads: None) -> None:
    """Small matrices: threads that wait for one another cost more than they give."""
    torch.set_num_threads(1)


def measured(member: Member, data: Data, *, labelled: bool = True) -> Estimate:
    probe = data.probe(labelled=labelled and member.labelled)
    return member.estimator.estimate(data.t, probe, rng=np.random.default_rng(5))


def numbers(estimate: Estimate) -> list[float]:
    """Headlines and bounds."""
    both = (estimate.i_xt, estimate.i_ty, *(estimate.i_xt_bounds or ()), *(estimate.i_ty_bounds or ()))
    return [number for number in both if number is not None]


@pytest.mark.parametrize(("member", "change"), PAIRS)
def test_change_that_is_not_seen(member: Member, change: Change) -> None:
    within, labelled = member.keeps[change], change not in WITHOUT_CLASSES

    @settings(max_examples=member.examples)
    @given(seed=SEEDS)
    def search(seed: int) -> None:
        rng = np.random.default_rng(seed)
        data = drawn(rng, SAMPLES, whole=member.whole)
        before = numbers(measured(member, data, labelled=labelled))
        after = numbers(measured(member, change(data, rng), labelled=labelled))
        assert before
        assert after == pytest.approx(before, abs=within, rel=0)

    search()


@pytest.mark.parametrize("member", ADDING, ids=lambda member: member.estimator.label)
def test_independent_copies_add(member: Member) -> None:
    """On all pairs of rows of two samples: kernel sums, counts, determinants and traces are products."""

    @settings(max_examples=10)
    @given(seed=SEEDS, sizes=st.tuples(st.integers(6, 12), st.integers(6, 12)), width=st.integers(1, 2))
    def search(seed: int, sizes: tuple[int, int], width: int) -> None:
        rng = np.random.default_rng(seed)
        parts = [drawn(rng, size, whole=member.whole, width=width) for size in sizes]
        if isinstance(member.estimator, invariances.Edge):  # it asks for twenty rows
            parts = [changes.copied(changes.copied(part, rng), rng) for part in parts]
        one, other = (numbers(measured(member, part, labelled=False)) for part in parts)
        both = numbers(measured(member, product(*parts), labelled=False))
        assert both == pytest.approx(np.add(one, other).tolist(), abs=1e-9, rel=0)

    search()


CHANGES = sorted(
    {change for member in MEMBERS for change in member.keeps}, key=lambda change: change.__name__
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_changes_the_data(change: Change) -> None:
    whole = change is changes.renamed
    data = drawn(np.random.default_rng(0), SAMPLES, whole=whole)
    other = change(data, np.random.default_rng(1))

    def same(name: str) -> bool:
        one, two = getattr(data, name), getattr(other, name)
        return bool(np.array_equal(one, two))

    assert not all(same(name) for name in ("x", "t", "y", "ids"))


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.estimator.label)
def test_other_data_are_seen(member: Member) -> None:
    """An estimator that says the same of everything would keep to all of the above."""
    one, other = (drawn(np.random.default_rng(seed), SAMPLES, whole=member.whole) for seed in (0, 1))
    assert numbers(measured(member, one)) != pytest.approx(numbers(measured(member, other)), abs=1e-4, rel=0)


SEEN: tuple[tuple[Any, Change], ...] = (
    (invariances.Ksg, changes.raised),
    (invariances.KozachenkoLeonenko, changes.raised),
    (invariances.Gaussian, changes.raised),
    (invariances.GaussianCopula, changes.mixed),
    (invariances.Kde, changes.doubled),
    (invariances.Renyi, changes.raised),
    (invariances.Binning, changes.shifted),
    (invariances.Lnn, changes.turned),
)


@pytest.mark.parametrize(("kind", "change"), SEEN, ids=lambda each: each.__name__)
def test_change_that_is_seen(kind: Any, change: Change) -> None:
    """No information of the law changes, and the estimate does: by more than 0.01 bits."""
    member = next(member for member in MEMBERS if type(member.estimator) is kind)
    assert change not in member.keeps
    data = drawn(np.random.default_rng(0), SAMPLES, whole=member.whole)
    before = numbers(measured(member, data))
    assert numbers(measured(member, change(data, np.random.default_rng(1)))) != pytest.approx(
        before, abs=0.01
    )


def test_every_estimator_is_asked() -> None:
    asked = {type(member.estimator) for member in MEMBERS}
    assert {kind_of(member) for member in union_members() if member not in asked} == set()
