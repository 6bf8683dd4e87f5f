"""What a run leaves behind: a tidy table of measurements, a directory, a manifest."""

from ibspec.results.manifest import Machine, describe_machine, hash_package
from ibspec.results.measurement import COLUMNS, Measurement, estimate_fields, measurement_table
from ibspec.results.parts import PartWriter, read_parts, write_parquet
from ibspec.results.run_directory import RunDirectory
from ibspec.results.weights import Weights, WeightStore

__all__ = [
    "COLUMNS",
    "Machine",
    "Measurement",
    "PartWriter",
    "RunDirectory",
    "WeightStore",
    "Weights",
    "describe_machine",
    "estimate_fields",
    "hash_package",
    "measurement_table",
    "read_parts",
    "write_parquet",
]
