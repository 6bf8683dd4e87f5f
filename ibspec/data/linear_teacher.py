"""Gaussian inputs and a real-valued label that is linear in some of them."""

import math
from typing import Literal, final

import numpy as np
from jaxtyping import Float64
from pydantic import Field, PositiveInt, ValidationInfo, field_validator

from ibspec.core import child_generator
from ibspec.data.dataset import Data, Dataset
from ibspec.data.drawing import Columns, Fraction, Numbers, Rows, Seed, hash_blocks, refuse_too_many
from ibspec.data.hiding import rotate, rotation
from ibspec.data.linear_law import LinearLaw
from ibspec.data.places import Places


@final
class LinearTeacher(Data):
    """Independent Gaussian inputs; y = weights . relevant + label_noise N is a real number, not a class.

    `law` has every exact value in closed form, also of noisy linear layers of these inputs.

    Attributes:
        relevant: Inputs that the label depends on; they come first.
        irrelevant: Inputs independent of everything.
        scale: Standard deviation of the relevant inputs.
        irrelevant_scale: Standard deviation of the irrelevant inputs.
        weights: One for each relevant input; drawn from N(0, 1 / relevant) if left out, which gives the
            label without noise a variance of about scale^2.
        label_noise: Standard deviation of what is added to the label.
        hidden: Turn the whole space at random: no coordinate is then relevant alone.
        samples: Rows, drawn independently.
        seed: Decides the rows, the weights and the turn; nothing else does.
        train_fraction: Part of the rows, drawn at random, that training sees.
    """

    kind: Literal["linear-teacher"] = "linear-teacher"
    relevant: PositiveInt = Field(le=1_000_000)
    irrelevant: Columns = 0
    scale: float = Field(default=1.0, ge=1e-6, le=1e6)
    irrelevant_scale: float = Field(default=1.0, ge=1e-6, le=1e6)
    weights: Numbers[float] | None = None
    label_noise: float = Field(ge=1e-6, le=1e6)
    hidden: bool = False
    samples: Rows
    seed: Seed = 0
    train_fraction: Fraction = 0.8

    @field_validator("weights")
    @classmethod
    def _one_for_each_input(
        cls, weights: tuple[float, ...] | None, info: ValidationInfo
    ) -> tuple[float, ...] | None:
        relevant = info.data.get("relevant")
        if weights is not None and relevant is not None and len(weights) != relevant:
            raise ValueError(
                f"wanted one weight for each of the {relevant} relevant inputs; got {len(weights)}"
            )
        return weights

    @property
    def law(self) -> LinearLaw:
        """The law of inputs and label, before they are hidden."""
        scales = np.repeat([self.scale, self.irrelevant_scale], [self.relevant, self.irrelevant])
        return LinearLaw(scales, self._weights[None, :], self.label_noise)

    @property
    def _weights(self) -> Float64[np.ndarray, " relevant"]:
        if self.weights is not None:
            return np.array(self.weights, dtype=np.float64)
        rng = child_generator(self.seed, "data", "weights")
        return rng.standard_normal(self.relevant) / math.sqrt(self.relevant)

    def load(self, places: Places) -> Dataset:
        """Draw the rows; nothing is read from disk."""
        law = self.law
        columns = self.relevant + self.irrelevant
        refuse_too_many(self.kind, self.samples, columns)
        rng = child_generator(self.seed, "data")
        parts = (rng.standard_normal((self.samples, columns)) * law.scales).astype(np.float32)
        # Of the rounded inputs, so that rounding is no further noise.
        relevant = parts[:, : self.relevant]
        y = relevant.astype(np.float64) @ law.weights[0]
        y += self.label_noise * rng.standard_normal(self.samples)
        mixing = rotation(columns, child_generator(self.seed, "data", "hidden")) if self.hidden else None
        x = parts if mixing is None else rotate(parts, mixing)
        return Dataset(
            name=self.kind,
            x=x,
            y=y,
            class_count=None,
            source="drawn by its rule",
            sha256=hash_blocks(x, y),
            train_fraction=self.train_fraction,
            relevant=relevant,
            irrelevant=parts[:, self.relevant :],
            mixing=mixing,
            truth=self.truth,
        )

    @property
    def truth(self) -> dict[str, float]:
        """Exact values in bits."""
        law = self.law
        return {
            "differential_h_x": law.differential_h_x,
            "differential_h_y": law.differential_h_y,
            "i_xy": law.i_xy,
            "i_relevant_y": law.i_xy,
            "i_irrelevant_y": 0.0,
            "i_irrelevant_y_given_relevant": 0.0,
        }
