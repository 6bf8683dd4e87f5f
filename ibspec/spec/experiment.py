"""The experiment: data, model, training, measuring, figures, and what is expected."""

import re
from typing import Any, Literal, final, get_args

from pydantic import ConfigDict, Field, field_validator

from ibspec.core import Frozen, Many, digest
from ibspec.data import AnyData
from ibspec.models import AnyModel
from ibspec.spec.expectation import Expectation
from ibspec.spec.measure import Measure
from ibspec.training import Training

FigureName = Literal[
    "plane",
    "before-after",
    "information-vs-epoch",
    "bounds-vs-epoch",
    "loss",
    "schedule",
    "mean-plane",
    "gradients",
    "loss-rate",
    "information-rate",
    "hypothesis",
    "channels",
    "side-by-side",
    "sensitivity",
    "activations",
    "animation",
]
FIGURE_NAMES: tuple[FigureName, ...] = get_args(FigureName)
ON_REQUEST: frozenset[FigureName] = frozenset({"activations", "animation"})
"""Drawn only if a spec or `ibspec plot --figure` names them: they take longer or need more kept."""

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"


@final
class ExperimentSpec(Frozen):
    """One experiment, as a person writes it in a JSON file.

    Attributes:
        json_schema: `$schema`, for editors that complete keys; ignored otherwise.
        name: Directory of the runs: letters, digits, `.`, `_`, `-`.
        about: What the experiment shows, for readers.
        sources: What it reproduces: paper and section.
        figures: Which figures a run draws; all but `activations` and `animation` if left out.
        expect: Published values, reported beside what the run finds.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    json_schema: str | None = Field(default=None, alias="$schema", description="Schema, for editors.")
    name: str
    about: str = ""
    sources: Many[str] = ()
    data: AnyData
    model: AnyModel
    training: Training
    measure: Measure
    figures: Many[FigureName] = tuple(name for name in FIGURE_NAMES if name not in ON_REQUEST)
    expect: Many[Expectation] = ()

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if not re.fullmatch(NAME, name):
            shown = name if len(name) <= 110 else f"{name[:50]}... ({len(name)} characters)"
            raise ValueError(
                "wanted a name of at most 100 letters, digits, '.', '_' and '-', the first a letter or "
                f"digit, not a path; got {shown!r}"
            )
        return name

    def document(self) -> dict[str, Any]:
        """Return the whole spec, defaults filled in, as JSON values."""
        return self.model_dump(mode="json", by_alias=True)

    def digest(self) -> str:
        """Return the SHA-256 of what decides the numbers: data, model, training and measure.

        Prose, figures, expectations and the place of the data files do not change it.
        """
        document = self.model_dump(mode="json", include={"data", "model", "training", "measure"})
        document["data"].pop("data_dir", None)
        return digest(document)
