"""Estimators with the parameters that are calibrated when nobody names others."""

from typing import get_args

from pydantic import TypeAdapter

from ibspec.core import UserError
from ibspec.estimators import AnyEstimator, Binning, Estimator, Kde, Width

CHOSEN: tuple[Estimator, ...] = (
    Kde(noise_variance=0.1),
    Kde(noise_variance=0.01),
    Binning(cells=Width(0.5)),
)
"""Of those that have parameters without defaults."""


def members() -> tuple[type[Estimator], ...]:
    """Return the classes that a spec can name."""
    union = get_args(AnyEstimator)[0]
    return get_args(union) or (union,)


def kind_of(member: type[Estimator]) -> str:
    """Return the word that picks a class in a spec."""
    return str(member.model_fields["kind"].default)


def standard(member: type[Estimator]) -> tuple[Estimator, ...]:
    """Return a class with its defaults, or with our choice where it has none."""
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
