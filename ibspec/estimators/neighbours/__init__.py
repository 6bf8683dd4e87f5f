"""What the nearest-neighbour estimators share: columns, distances, counts, ties."""

from ibspec.estimators.neighbours.columns import Columns, columns_of, inputs_of, jittered, targets_of
from ibspec.estimators.neighbours.entropies import information_between, information_on_classes
from ibspec.estimators.neighbours.finding import (
    COLLAPSED,
    TRUSTED_COLUMNS,
    Finding,
    codes_of,
    estimate_of,
    of_large_classes,
    require_samples,
    trusted_nats,
)
from ibspec.estimators.neighbours.search import Neighbours, count_within, nearest
from ibspec.estimators.neighbours.ties import equal_share, tied_share

__all__ = [
    "COLLAPSED",
    "TRUSTED_COLUMNS",
    "Columns",
    "Finding",
    "Neighbours",
    "codes_of",
    "columns_of",
    "count_within",
    "equal_share",
    "estimate_of",
    "information_between",
    "information_on_classes",
    "inputs_of",
    "jittered",
    "nearest",
    "of_large_classes",
    "require_samples",
    "targets_of",
    "tied_share",
    "trusted_nats",
]
