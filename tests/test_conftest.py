"""The import hook of `conftest.py` acts: without this test it could be off and nobody would notice."""

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from ibspec.core import Activity, entropy_of_counts
from ibspec.estimators import Kde, Width
from ibspec.estimators.pairwise.sums import kernel_sums
from tests.conftest import IMPORTED_TOO_EARLY


def test_nothing_was_imported_before_the_hook() -> None:
    assert not IMPORTED_TOO_EARLY, (
        f"{IMPORTED_TOO_EARLY} were imported before tests/conftest.py could check their shapes. "
        "Keep `ibspec/__init__.py` and `ibspec.pytest_plugin` light: import inside functions, or lazily."
    )


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: entropy_of_counts(np.ones((2, 2))), "counts"),
        (lambda: kernel_sums(torch.zeros(3), 1.0, [3]), "rows"),
        (lambda: Activity(values=torch.zeros(3), codes=torch.zeros(4)), "codes"),
        (lambda: Width(1.0).cut(np.zeros(3)), "values"),
        (lambda: Kde(noise_variance=1.0).estimate(np.zeros(3), 3), "probe"),
    ],
    ids=["entropy", "pairwise", "activity", "cells", "estimator"],
)
def test_wrong_shapes_and_types_are_refused(call, name: str) -> None:
    with pytest.raises(TypeCheckError, match=rf"parameter '{name}'|'{name}':"):
        call()
