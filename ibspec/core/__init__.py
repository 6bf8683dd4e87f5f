"""What every room speaks of: errors, units, seeds, the probe, a layer's activity and an estimate."""

from ibspec.core.activity import Activity, Noise, Rows, as_rows, share_memory
from ibspec.core.atomic import write_atomically
from ibspec.core.canonical import canonical_json, digest
from ibspec.core.ceiling import SATURATED_BITS, ceiling, is_saturated
from ibspec.core.entropy import conditional_entropy_bits, entropy_bits, entropy_of_counts, group_rows
from ibspec.core.errors import (
    ActivityError,
    DataError,
    DeviceError,
    IbspecError,
    RunError,
    SampleSizeError,
    ShapeError,
    SpecError,
    UserError,
)
from ibspec.core.estimate import Estimate, mean_estimate
from ibspec.core.frozen import Frozen, Many
from ibspec.core.probe import Probe
from ibspec.core.randomness import child_generator, child_seed
from ibspec.core.units import LN2, bits, spell

__all__ = [
    "LN2",
    "SATURATED_BITS",
    "Activity",
    "ActivityError",
    "DataError",
    "DeviceError",
    "Estimate",
    "Frozen",
    "IbspecError",
    "Many",
    "Noise",
    "Probe",
    "Rows",
    "RunError",
    "SampleSizeError",
    "ShapeError",
    "SpecError",
    "UserError",
    "as_rows",
    "bits",
    "canonical_json",
    "ceiling",
    "child_generator",
    "child_seed",
    "conditional_entropy_bits",
    "digest",
    "entropy_bits",
    "entropy_of_counts",
    "group_rows",
    "is_saturated",
    "mean_estimate",
    "share_memory",
    "spell",
    "write_atomically",
]
