"""Two runs side by side, a sparse run against a dense one, or a run against what its spec expects."""

from ibspec.compare.comparison import Comparison, compare_runs, compare_tables
from ibspec.compare.differences import Difference, Mismatch, Tolerance
from ibspec.compare.expected import Expected, compare_with_expected
from ibspec.compare.interpolation import ColumnError, Sparseness, compare_with_dense
from ibspec.compare.presence import OnlyHere

__all__ = [
    "ColumnError",
    "Comparison",
    "Difference",
    "Expected",
    "Mismatch",
    "OnlyHere",
    "Sparseness",
    "Tolerance",
    "compare_runs",
    "compare_tables",
    "compare_with_dense",
    "compare_with_expected",
]
