"""Estimators of I(X;T) and I(T;Y), one a file."""

from typing import Annotated

from pydantic import Field

from ibspec.estimators.binning import Binning
from ibspec.estimators.cells import Cells, Range, Width
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.kde import Kde

AnyEstimator = Annotated[Kde | Binning, Field(discriminator="kind")]
"""The estimators that a spec can name, told apart by `kind`."""

__all__ = ["AnyEstimator", "Binning", "Cells", "Estimator", "Kde", "Range", "Width"]
