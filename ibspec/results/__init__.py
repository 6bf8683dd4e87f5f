"""What a run leaves behind: a tidy table of measurements, a directory, a manifest."""

from ibspec.results.activities import Activities, read_activities, write_activities
from ibspec.results.channels import over_channels
from ibspec.results.checkpoints import Checkpoints, pack, unpack
from ibspec.results.documents import read_document
from ibspec.results.final_weights import read_final_weights, write_final_weights
from ibspec.results.gradient_rows import GRADIENT_COLUMNS, RATE_COLUMNS, GradientRow, RateRow
from ibspec.results.integrity import (
    DamagedFileError,
    read_checked,
    read_named,
    read_sealed,
    sha256_of,
    write_sealed,
)
from ibspec.results.lock import Lock
from ibspec.results.manifest import Machine, describe_machine, hash_package
from ibspec.results.measurement import COLUMNS, Measurement, estimate_fields, measurement_table
from ibspec.results.parquet import read_parquet, write_parquet
from ibspec.results.parts import PartWriter, part_names, read_parts
from ibspec.results.run_directory import RunDirectory
from ibspec.results.weights import Weights, WeightStore

__all__ = [
    "COLUMNS",
    "GRADIENT_COLUMNS",
    "RATE_COLUMNS",
    "Activities",
    "Checkpoints",
    "DamagedFileError",
    "GradientRow",
    "Lock",
    "Machine",
    "Measurement",
    "PartWriter",
    "RateRow",
    "RunDirectory",
    "WeightStore",
    "Weights",
    "describe_machine",
    "estimate_fields",
    "hash_package",
    "measurement_table",
    "over_channels",
    "pack",
    "part_names",
    "read_activities",
    "read_checked",
    "read_document",
    "read_final_weights",
    "read_named",
    "read_parquet",
    "read_parts",
    "read_sealed",
    "sha256_of",
    "unpack",
    "write_activities",
    "write_final_weights",
    "write_parquet",
    "write_sealed",
]
