"""The sign test: whether most members go one way."""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Float
from scipy import stats


@final
@dataclass(frozen=True)
class SignTest:
    """How many of how many, and by what chance.

    Attributes:
        positive: Members above zero.
        decided: Members that are not zero.
        chance: Of as many or more, if either sign were equally likely; 1 where none is decided.
    """

    positive: int
    decided: int
    chance: float


def sign_test(
    differences: Float[np.ndarray, " members"], alternative: Literal["greater", "less"] = "greater"
) -> SignTest:
    """Test whether independent differences tend to be above zero (or below); zeros say nothing.

    Source:
        Dixon & Mood (1946), Journal of the American Statistical Association 41.
    """
    numbers = np.asarray(differences, dtype=np.float64)
    positive, decided = int((numbers > 0).sum()), int((numbers != 0).sum())
    chance = stats.binomtest(positive, decided, 0.5, alternative=alternative).pvalue if decided else 1.0
    return SignTest(positive, decided, float(chance))
