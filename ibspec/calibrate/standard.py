"""Estimators with the parameters that are calibrated when nobody names others."""

from typing import get_args

from pydantic import TypeAdapter

from ibspec.core import UserError
from ibspec.estimators import (
    AdaptiveKde,
    AnyEstimator,
    AsIfRandom,
    Binning,
    Edge,
    Estimator,
    Kde,
    Ksg,
    Lnn,
    Quantiles,
    Width,
)

CHOSEN: tuple[Estimator, ...] = (
    # Both in use: 0.1 for networks on MNIST, and a tenth of it; the laws' activity has a variance about 1.
    Kde(noise_variance=0.1),
    Kde(noise_variance=0.01),
    # Noise of a tenth of the layer's scale, by each of the two scales. On a normal law the second is
    # kde(0.01), so that the two pages can be compared, and the first, whose scale grows with N, is not.
    AdaptiveKde(noise_share=0.1),
    AdaptiveKde(noise_share=0.1, scale="spread"),
    # The published width for MNIST, and the published number of cells that follow the activity.
    Binning(cells=Width(0.5)),
    Binning(cells=Quantiles(bins=30)),
    # One activity is all that a law draws: what binning says, with what it says beside it.
    AsIfRandom(under=Binning(cells=Width(0.5)), window=1),
    # Two programs of one name: the last release, and the one behind the published information planes.
    Edge(),
    Edge.of_version("4.2.0"),
    # Both estimates of the paper.
    Ksg(),
    Ksg(variant=2),
    # As the theorem has it, and as the authors' program does it.
    Lnn(),
    Lnn(bias_correction="none"),
)
"""Where there are parameters without defaults, or more than one choice is in use; all others by default."""


def members() -> tuple[type[Estimator], ...]:
    """Return the classes that a spec can name."""
    union = get_args(AnyEstimator)[0]
    return get_args(union) or (union,)


def kind_of(member: type[Estimator]) -> str:
    """Return the word that picks a class in a spec."""
    return str(member.model_fields["kind"].default)


def standard(member: type[Estimator]) -> tuple[Estimator, ...]:
    """Return a class as it is calibrated: with our choice, else with its defaults."""
    chosen = tuple(each for each in CHOSEN if type(each) is member)
    needs = [name for name, field in member.model_fields.items() if field.is_required()]
    return chosen or (() if needs else (member(),))


def named(words: str) -> tuple[Estimator, ...]:
    """Return the estimators of a list such as `ksg,kde`, or of one in JSON.

    Raises:
        UserError: No estimator has that name, or it has parameters without defaults.
        ValidationError: The JSON is not an estimator.
    """
    if words.lstrip().startswith("{"):
        return (TypeAdapter[Estimator](AnyEstimator).validate_json(words),)
    kinds = {kind_of(member): member for member in members()}
    found: list[Estimator] = []
    for word in (word.strip() for word in words.split(",")):
        if word not in kinds:
            raise UserError(f"--estimators: no estimator called '{word}'. Known here: {', '.join(kinds)}")
        if not standard(kinds[word]):
            raise UserError(
                f"--estimators: {word} has parameters without defaults; give it as JSON, "
                f'such as {{"kind": "{word}", ...}}'
            )
        found += standard(kinds[word])
    return tuple(found)
