"""A run that skipped epochs against one that did not."""

import math

import numpy as np
import pandas as pd
import pytest

from ibspec.compare import Tolerance, compare_tables, compare_with_dense
from ibspec.results import Measurement, measurement_table

FACTS = {"h_x": 10.0, "h_y": 1.0}

SAID = {"kind": "delta-exact", "delta": 0.05, "normalised": True, "scale": [10.0, 1.0]}


def table(
    curve: dict[int, tuple[float, float]], replica: int = 0, estimator: str = "kde(0.1)"
) -> pd.DataFrame:
    """Two layers, the second with half of everything."""
    return measurement_table(
        Measurement(replica, epoch, depth, f"dense{depth}", "whole", estimator, 64,
                    i_xt=share * x, i_ty=None if math.isnan(y) else share * y)
        for epoch, (x, y) in curve.items()
        for depth, share in ((0, 1.0), (1, 0.5))
    )  # fmt: skip


DENSE = {epoch: (float(epoch), 0.1 * epoch) for epoch in range(11)} | {4: (6.0, 0.43), 7: (7.0, 0.99)}
"""A straight line but for 2 bits of I(X;T) at epoch 4 and 0.29 bits of I(T;Y) at epoch 7."""

SPARSE = {epoch: DENSE[epoch] for epoch in (0, 3, 5, 10)}


def pick(curve, epochs):
    return {epoch: curve[epoch] for epoch in epochs}


def test_errors_against_lines_between_measured_epochs():
    found = compare_with_dense(table(SPARSE), table(DENSE), SAID, FACTS)
    assert found is not None
    assert (found.estimates, found.dense_estimates, found.saved) == (8, 22, 1 - 8 / 22)
    x, y = found.errors
    assert (x.column, x.largest_layer, x.largest_at.epoch) == ("i_xt", "dense0", 4)
    assert x.largest == pytest.approx(2.0, abs=1e-12)
    assert x.largest_share == pytest.approx(0.2, abs=1e-12)
    assert (y.column, y.largest_layer, y.largest_at.epoch) == ("i_ty", "dense0", 7)
    assert y.largest == pytest.approx(0.29, abs=1e-12)
    errors = [0.0] * 20 + [2.0, 1.0]
    assert x.common == pytest.approx(np.quantile(errors, 0.99), abs=1e-12)
    # Of 11 epochs two are off: epoch 4 by 0.2 of H(X), epoch 7 by 0.29 of H(Y).
    assert (found.epochs, found.within, found.within_twice) == (11, 9, 9)


@pytest.mark.parametrize(
    ("delta", "within", "twice"), [(0.05, 9, 9), (0.1, 9, 10), (0.15, 9, 11), (0.2001, 10, 11), (0.3, 11, 11)]
)
def test_shares_within_delta(delta, within, twice):
    found = compare_with_dense(table(SPARSE), table(DENSE), SAID | {"delta": delta}, FACTS)
    assert found is not None
    # 0.1 and 0.2 are met by 2 delta up to rounding: a delta a little larger decides.
    assert found.within == within
    assert (
        compare_with_dense(
            table(SPARSE), table(DENSE), SAID | {"delta": delta * (1 + 1e-9)}, FACTS
        ).within_twice
        == twice
    )  # type: ignore[union-attr]


def test_in_bits():
    said = SAID | {"normalised": False, "scale": [1.0, 1.0], "delta": 1.0}
    found = compare_with_dense(table(SPARSE), table(DENSE), said, {})
    assert found is not None
    assert (found.within, found.within_twice) == (10, 11)
    assert found.errors[0].largest_share is None


def test_only_estimators_that_the_schedule_listened_to_count_for_delta():
    wild = {epoch: (x + 5 * (epoch == 6), y) for epoch, (x, y) in DENSE.items()}
    dense = pd.concat([table(DENSE), table(wild, estimator="late")])
    sparse = pd.concat([table(SPARSE), table(pick(wild, SPARSE), estimator="late")])
    heard = compare_with_dense(sparse, dense, SAID, FACTS, steering=["kde(0.1)"])
    every = compare_with_dense(sparse, dense, SAID, FACTS)
    assert heard is not None
    assert every is not None
    assert (heard.within, every.within) == (9, 8)
    assert len(heard.errors) == 4


def test_numbers_that_are_missing_are_counted_and_never_within():
    lost = DENSE | {8: (8.0, math.nan)}
    found = compare_with_dense(table(SPARSE), table(lost), SAID, FACTS)
    assert found is not None
    assert [each.lost for each in found.errors] == [0, 2]
    assert found.within == 8
    both = compare_with_dense(table(pick(lost, (0, 3, 5, 8, 10))), table(lost), SAID, FACTS)
    assert both is not None
    # Nothing is known between 5, 8 and 10, though the dense run has numbers at 6, 7 and 9.
    assert [each.lost for each in both.errors] == [0, 6]


def test_replicas_that_skipped_other_epochs():
    other = pick(DENSE, (0, 4, 7, 10))
    sparse = pd.concat([table(SPARSE), table(other, replica=1)])
    dense = pd.concat([table(DENSE), table(DENSE, replica=1), table(DENSE, replica=2)])
    found = compare_with_dense(sparse, dense, SAID, FACTS)
    assert found is not None
    assert found.epochs == 22
    assert found.estimates == 16
    assert found.dense_estimates == 44
    assert found.errors[0].largest_at.replica in (0, 1)


@pytest.mark.parametrize(
    ("sparse", "dense", "said"),
    [
        (DENSE, DENSE, SAID),
        (DENSE, SPARSE, SAID),
        (pick(DENSE, (0, 3)) | {11: (1.0, 1.0)}, DENSE, SAID),
        (SPARSE, DENSE, {}),
        (SPARSE, DENSE, {"delta": "0.1"}),
        (SPARSE, DENSE, {"delta": math.nan}),
    ],
)
def test_not_a_sparse_run_and_a_dense_one(sparse, dense, said):
    assert compare_with_dense(table(sparse), table(dense), said, FACTS) is None


def test_other_estimators_are_none_of_its_business():
    assert compare_with_dense(table(SPARSE), table(DENSE, estimator="ksg(3)"), SAID, FACTS) is None


def test_epochs_that_were_skipped_are_no_disagreement():
    plain = compare_tables(table(SPARSE), table(DENSE), Tolerance())
    assert not plain.agrees
    found = compare_with_dense(table(SPARSE), table(DENSE), SAID, FACTS, name="A")
    assert plain.model_copy(update={"sparseness": found}).agrees
    # ... but only those of the sparse run, and nothing but epochs.
    swapped = compare_tables(table(DENSE), table(SPARSE), Tolerance())
    assert not swapped.model_copy(update={"sparseness": found}).agrees
    more = pd.concat([table(DENSE), table(DENSE, replica=1)])
    other = compare_tables(table(SPARSE), more, Tolerance())
    assert not other.model_copy(update={"sparseness": found}).agrees
