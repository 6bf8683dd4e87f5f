"""Fair bits, some of which decide the label by a rule."""

from functools import cached_property
from typing import Annotated, Literal, final

import numpy as np
from jaxtyping import Float64, UInt8
from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator, model_validator

from ibspec.core import child_generator
from ibspec.data.boolean_rules import RuleName, all_words, numbers_of, truth_table, why_not
from ibspec.data.coin import coin_bits
from ibspec.data.dataset import Data, Dataset
from ibspec.data.drawing import Columns, Fraction, Numbers, Rows, Seed, hash_blocks, refuse_too_many
from ibspec.data.hiding import invertible_bits, mix_bits
from ibspec.data.places import Places

MOST_RELEVANT = 20
"""2^20 words is the largest truth table."""

MOST_ENUMERATED = 20
"""2^20 rows of 20 bits are 80 MiB."""


def _sort(rule: object) -> str:
    return "table" if isinstance(rule, list | tuple) else "name"


Rule = Annotated[
    Annotated[RuleName, Tag("name")] | Annotated[Numbers[Literal[0, 1]], Tag("table")], Discriminator(_sort)
]
"""Told apart by their type, so that a wrong rule is told of once and not as a wrong table too."""


@final
class Boolean(Data):
    """Independent fair bits; a rule on the first of them, at times flipped, is the label.

    I(X;Y) = h(q) - h(flip) with q = P(Y=1) and h the entropy of a biased coin; the irrelevant bits tell
    nothing. A `shadow` is the trap: it tells something about Y, but nothing that the relevant bits do not.

    Attributes:
        relevant: Bits that the rule looks at; they come first.
        irrelevant: Further bits, independent of everything.
        rule: Name of a rule, or the labels of all 2^relevant words, 0...0 first, counting up, the first bit
            the highest. `mux`: the first a bits number one of the 2^a others, which is the label.
        flip: Probability that a label is turned round.
        shadow: One more bit at the end: the first relevant bit, turned round with this probability.
        hidden: Mix all bits by a matrix that is invertible modulo 2: no input bit is then relevant alone.
        samples: Rows, drawn independently; all words, each once, if left out (flips are drawn even then).
        seed: Decides the rows, the flips and the mixing; nothing else does.
        train_fraction: Part of the rows, drawn at random, that training sees.
    """

    kind: Literal["boolean"] = "boolean"
    relevant: int = Field(ge=1, le=MOST_RELEVANT)
    irrelevant: Columns = 0
    rule: Rule
    flip: float = Field(default=0.0, ge=0, le=0.5)
    shadow: Annotated[float, Field(ge=0, le=0.5)] | None = None
    hidden: bool = False
    samples: Rows | None = None
    seed: Seed = 0
    train_fraction: Fraction = 0.8

    @field_validator("rule")
    @classmethod
    def _fits_the_bits(cls, rule: Rule, info: ValidationInfo) -> Rule:
        bits = info.data.get("relevant")
        if bits is None:  # wrong itself, and told so
            return rule
        if isinstance(rule, str):
            problem = why_not(rule, bits)
            if problem:
                raise ValueError(problem)
        elif len(rule) != 1 << bits:
            raise ValueError(f"a truth table of {bits} relevant bits has {1 << bits} labels; got {len(rule)}")
        return rule

    @model_validator(mode="after")
    def _can_be_enumerated(self) -> "Boolean":
        bits = self.relevant + self.irrelevant
        if self.samples is None and self.shadow is not None:
            raise ValueError("with shadow, words are not equally likely; name `samples`")
        if self.samples is None and bits > MOST_ENUMERATED:
            raise ValueError(
                f"without samples, all 2^{bits} words would be rows, and at most 2^{MOST_ENUMERATED} may; "
                "name `samples`, or lower `irrelevant`"
            )
        return self

    @cached_property
    def table(self) -> UInt8[np.ndarray, " words"]:
        """Label of each word of the relevant bits before any is turned round."""
        if isinstance(self.rule, str):
            return truth_table(self.rule, self.relevant)
        return np.array(self.rule, dtype=np.uint8)

    def load(self, places: Places) -> Dataset:
        """Draw the rows; nothing is read from disk."""
        rng = child_generator(self.seed, "data")
        words = self._words(rng)
        columns = words.shape[1]
        # One number a row whatever the flip, so that a seed gives the same words with any flip.
        turned = rng.random(len(words)) < self.flip
        y = (self.table[numbers_of(words[:, : self.relevant])] ^ turned).astype(np.int64)
        if self.shadow is not None:
            columns += 1
            copied = words[:, :1] ^ (rng.random((len(words), 1)) < self.shadow)
            words = np.concatenate([words, copied], axis=1)
        bits = words.astype(np.float32)
        mixing = (
            invertible_bits(columns, child_generator(self.seed, "data", "hidden")) if self.hidden else None
        )
        x = bits if mixing is None else mix_bits(bits, mixing)
        return Dataset(
            name=f"{self.kind} ({self.rule if isinstance(self.rule, str) else 'table'})",
            x=x,
            y=y,
            class_count=2,
            source="all words, by its rule" if self.samples is None else "drawn by its rule",
            sha256=hash_blocks(x, y),
            train_fraction=self.train_fraction,
            relevant=bits[:, : self.relevant],
            irrelevant=bits[:, self.relevant :],
            mixing=None if mixing is None else mixing.astype(np.float64),
            truth=self.truth,
        )

    def _words(self, rng: np.random.Generator) -> UInt8[np.ndarray, "samples bits"]:
        bits = self.relevant + self.irrelevant
        if self.samples is None:
            return all_words(bits)
        refuse_too_many(self.kind, self.samples, bits + (self.shadow is not None))
        return rng.integers(0, 2, size=(self.samples, bits), dtype=np.uint8)

    @property
    def truth(self) -> dict[str, float]:
        """Exact values in bits.

        Source:
            Y is the rule's label sent through a binary symmetric channel: Cover & Thomas (2006),
            Elements of Information Theory, 7.1.4.
        """
        h_y = float(coin_bits(self._flipped(self.table.mean())))
        i_xy = h_y - float(coin_bits(np.array(self.flip)))
        of_shadow = 0.0 if self.shadow is None else float(coin_bits(np.array(self.shadow)))
        return {
            "h_x": self.relevant + self.irrelevant + of_shadow,
            "h_y": h_y,
            "i_xy": i_xy,
            "i_relevant_y": i_xy,
            "i_irrelevant_y": self._shadow_information,
            "i_irrelevant_y_given_relevant": 0.0,
        }

    def _flipped(self, p: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
        """Return P(Y = 1) where the rule gives 1 with probability p."""
        return np.asarray(p * (1 - self.flip) + (1 - p) * self.flip)

    @property
    def _shadow_information(self) -> float:
        """I(shadow;Y); the other irrelevant bits are independent of both."""
        if self.shadow is None:
            return 0.0
        given_first = self._flipped(self.table.reshape(2, -1).mean(axis=1))  # P(Y = 1 | first bit)
        given_shadow = (1 - self.shadow) * given_first + self.shadow * given_first[::-1]
        return float(coin_bits(given_shadow.mean()) - coin_bits(given_shadow).mean())
