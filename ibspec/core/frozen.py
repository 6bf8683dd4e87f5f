"""The base of everything that a spec can contain."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")

Many = Annotated[tuple[Item, ...], Field(strict=False)]
"""A sequence in a spec: a JSON list, or any Python sequence, of strictly checked items."""


class Frozen(BaseModel):
    """An immutable value: unknown keys, wrong types, NaN and infinities are refused.

    Numbers are not guessed: `"50"` is not 50 and `true` is not 1; whole numbers may stand for reals.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
