"""One estimate of one known number, and the row that keeps it."""

import math
import time
from dataclasses import asdict, dataclass
from typing import Any, final

import torch

from ibspec.calibrate.laws import LAWS
from ibspec.core import IbspecError, child_generator
from ibspec.estimators import Estimator

KEY = ("estimator", "law", "dims", "samples", "seed")
"""What tells trials apart."""


@final
@dataclass(frozen=True)
class Trial:
    """An estimator on one draw of a law.

    Attributes:
        law: Name of one of `LAWS`.
        dims: Of X, and of T.
        samples: Rows drawn.
        seed: Number of the draw; every estimator sees the same one.
    """

    estimator: Estimator
    law: str
    dims: int
    samples: int
    seed: int

    @property
    def key(self) -> tuple[str, str, int, int, int]:
        """The values of `KEY`."""
        return (self.estimator.label, self.law, self.dims, self.samples, self.seed)

    def carry_out(self) -> dict[str, Any]:
        """Return the row: the estimate in bits, raw, or why there is none."""
        torch.set_num_threads(1)  # trials run side by side
        law = next(law for law in LAWS if law.name == self.law)
        t, probe = law.sample(
            self.samples, self.dims, child_generator(self.seed, self.law, self.dims, self.samples)
        )
        row = Row(*self.key, kind=str(getattr(self.estimator, "kind", "")), truth=law.bits(self.dims))
        start = time.perf_counter()
        try:
            rng = child_generator(self.seed, "estimator", *self.key[:4])
            found = self.estimator.estimate(t, probe, rng=rng)
        except (IbspecError, ArithmeticError, ValueError) as error:
            return asdict(row) | {"status": "refused", "reason": str(error).splitlines()[0]}
        seconds = time.perf_counter() - start
        return asdict(row) | {
            "i_xt": math.nan if found.i_xt is None else found.i_xt,
            "i_ty": math.nan if found.i_ty is None else found.i_ty,
            "warnings": " ".join(found.warnings),
            "seconds": seconds,
        }


@final
@dataclass(frozen=True)
class Row:
    """A row of the table of trials; information in bits, NaN where there is none."""

    estimator: str
    law: str
    dims: int
    samples: int
    seed: int
    kind: str
    truth: float
    i_xt: float = math.nan
    i_ty: float = math.nan
    status: str = "ok"
    reason: str = ""
    warnings: str = ""
    seconds: float = math.nan
