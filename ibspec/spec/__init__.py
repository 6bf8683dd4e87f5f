"""What an experiment is, as one validated JSON file."""

from ibspec.spec.expectation import Expectation
from ibspec.spec.experiment import FIGURE_NAMES, ExperimentSpec, FigureName
from ibspec.spec.gradients import Gradients, Reading
from ibspec.spec.measure import Measure, ProbeChoice
from ibspec.spec.overrides import apply_overrides
from ibspec.spec.reading import parse_spec, read_spec
from ibspec.spec.schema import spec_schema

__all__ = [
    "FIGURE_NAMES",
    "Expectation",
    "ExperimentSpec",
    "FigureName",
    "Gradients",
    "Measure",
    "ProbeChoice",
    "Reading",
    "apply_overrides",
    "parse_spec",
    "read_spec",
    "spec_schema",
]
