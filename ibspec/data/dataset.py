"""What a spec names as data, and the rows that come of it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Float32, Float64, Int, Int64

from ibspec.core import DataError, Frozen, Probe, ShapeError, group_rows
from ibspec.data.places import Places


@final
@dataclass(frozen=True, eq=False)
class Split:
    """Rows for training and rows for testing: disjoint, neither empty.

    Attributes:
        train: Row numbers. A random split is in random order, so that a beginning of it is a random sample.
        test: The same for the rows that training never sees.
    """

    train: Int64[np.ndarray, " train"]
    test: Int64[np.ndarray, " test"]


@final
@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs with one label each, and the exact information between them in bits.

    Attributes:
        name: As people call it, with its subset.
        x: Inputs.
        y: Label of each row: its class, 0 to `classes` - 1, or a real number.
        class_count: How many classes there are; None where the labels are real numbers.
        source: Where the bytes came from, in words.
        sha256: Hash of each file or block that was checked, or of what was generated.
        train: Rows of the fixed training set, or None.
        test: Rows of the fixed test set, or None.
        train_fraction: Part of the rows that a random split trains on; None with a fixed split.
        ids: Integers, equal where input rows are equal, or None to find out from `x` when needed.
        notes: What the user should be told though the data are there, one sentence each.
        relevant: The part of each input that the label depends on, as it was before any mixing: given
            it, the rest tells nothing more about the label. None where nobody knows.
        irrelevant: The rest of each input; the two parts together determine `x` and are determined by it.
        mixing: Matrix that makes the inputs of the parts where they are hidden: x = mixing @ (relevant,
            irrelevant), modulo 2 for bits. None where x is the two parts side by side, or something else.
        truth: Exact values, in bits, of the law that the rows were drawn from, where it is known: `h_x`,
            `h_y`, `i_xy`, `i_relevant_y`, `i_irrelevant_y`, `i_irrelevant_y_given_relevant`; for inputs
            or labels with a density `differential_h_x`, `differential_h_y`. The properties `h_x`, `h_y`
            and `i_xy` speak of the rows at hand instead.

    Raises:
        ShapeError: `x`, `y`, the parts and the rows of the split do not belong together.
        DataError: A label is not one of the classes, or not finite, or the split is neither fixed nor random.
    """

    name: str
    x: Float32[np.ndarray, "samples ..."]
    y: Int64[np.ndarray, " samples"] | Float64[np.ndarray, " samples"]
    class_count: int | None
    source: str
    sha256: dict[str, str]
    train: Int64[np.ndarray, " train"] | None = None
    test: Int64[np.ndarray, " test"] | None = None
    train_fraction: float | None = None
    ids: Int[np.ndarray, " samples"] | None = None
    notes: tuple[str, ...] = ()
    relevant: Float32[np.ndarray, "samples relevant"] | None = None
    irrelevant: Float32[np.ndarray, "samples irrelevant"] | None = None
    mixing: Float64[np.ndarray, "columns columns"] | None = None
    truth: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = np.float64 if self.class_count is None else np.int64
        if self.x.dtype != np.float32 or self.y.dtype != wanted:
            raise ShapeError(
                f"{self.name}: x must be float32 and y {wanted.__name__}; "
                f"got {self.x.dtype} and {self.y.dtype}"
            )
        if self.x.ndim < 2 or self.y.ndim != 1 or len(self.x) != len(self.y) or len(self.y) == 0:
            raise ShapeError(
                f"{self.name}: x must be (samples, ...) and y (samples,), at least one sample; "
                f"got {self.x.shape} and {self.y.shape}"
            )
        for part in (self.relevant, self.irrelevant):
            if part is not None and (part.ndim != 2 or len(part) != self.samples):
                raise ShapeError(
                    f"{self.name}: relevant and irrelevant must be ({self.samples}, columns); "
                    f"got {part.shape}"
                )
        self._check_labels()
        self._check_split()

    def _check_labels(self) -> None:
        if self.class_count is None:
            if not np.isfinite(self.y).all():
                raise DataError(f"{self.name}: labels must be finite numbers")
        elif self.y.min() < 0 or self.y.max() >= self.class_count:
            raise DataError(
                f"{self.name}: labels must be 0 to {self.class_count - 1} for {self.class_count} classes; "
                f"got {self.y.min()} to {self.y.max()}"
            )

    def _check_split(self) -> None:
        if self.train is None or self.test is None:
            if self.train is not None or self.test is not None or self.train_fraction is None:
                raise DataError(
                    f"{self.name}: wanted train and test rows, or neither and a train_fraction; "
                    f"got {'no ' if self.train is None else ''}train rows, "
                    f"{'no ' if self.test is None else ''}test rows, train_fraction={self.train_fraction}"
                )
            return
        rows = np.concatenate([self.train, self.test])
        inside = rows.size > 0 and rows.min() >= 0 and rows.max() < self.samples
        if not inside or len(np.unique(rows)) != len(rows) or 0 in (len(self.train), len(self.test)):
            raise ShapeError(
                f"{self.name}: the fixed split must name each row below {self.samples} at most once, and at "
                f"least one for training and one for testing; got {len(self.train)} and {len(self.test)}"
            )

    @property
    def samples(self) -> int:
        """Number of rows, training and testing together."""
        return len(self.y)

    @property
    def classes(self) -> int:
        """How many classes there are, for whoever cannot do without.

        Raises:
            DataError: The labels are real numbers.
        """
        if self.class_count is None:
            raise DataError(
                f"data: the labels of {self.name} are real numbers, not classes, and a softmax trained with "
                "cross-entropy needs classes. Take data with classes"
            )
        return self.class_count

    @property
    def has_fixed_split(self) -> bool:
        """Whether the publishers of the data said which rows are for testing."""
        return self.train is not None

    def split(self, rng: np.random.Generator) -> Split:
        """Return the fixed split, or draw one: `train_fraction` of the rows, rounded to the nearest, trains.

        Raises:
            DataError: The fraction leaves no row for training, or none for testing.
        """
        if self.train is not None and self.test is not None:
            return Split(self.train, self.test)
        assert self.train_fraction is not None
        train = round(self.train_fraction * self.samples)
        if not 0 < train < self.samples:
            raise DataError(
                f"train_fraction={self.train_fraction} of the {self.samples} rows of {self.name} leaves "
                f"{train} for training and {self.samples - train} for testing; both need at least one"
            )
        order = rng.permutation(self.samples)
        return Split(order[:train], order[train:])

    @cached_property
    def _law(self) -> Probe:
        return Probe(x=self.x, y=self.y, ids=self.ids)

    @property
    def h_x(self) -> float:
        """H(X) in bits of the empirical law of all rows."""
        return self._law.h_x

    @property
    def h_y(self) -> float | None:
        """H(Y) in bits of the empirical law of all rows; None for real-valued labels."""
        return self._law.h_y

    @property
    def i_xy(self) -> float | None:
        """I(X;Y) in bits of the empirical law of all rows; H(Y) unless equal inputs differ in class.

        None for real-valued labels.
        """
        return self._law.i_xy

    @cached_property
    def relevant_ids(self) -> Int[np.ndarray, " samples"] | None:
        """Integers, equal where the relevant part is equal; None where it is not known."""
        return None if self.relevant is None else group_rows(self.relevant)

    @cached_property
    def irrelevant_ids(self) -> Int[np.ndarray, " samples"] | None:
        """Integers, equal where the rest of the input is equal; None where it is not known."""
        return None if self.irrelevant is None else group_rows(self.irrelevant)


class Data(Frozen, ABC):
    """Data as a spec names them."""

    @abstractmethod
    def load(self, places: Places) -> Dataset:
        """Find or generate the rows and check every byte against its published hash.

        Raises:
            DataError: Missing or damaged; the message says where we looked and what to do.
        """
