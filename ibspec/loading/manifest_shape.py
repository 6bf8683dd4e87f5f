"""What a manifest must look like for its readers, who may have got it from a stranger."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ibspec.core import UserError

MOST_TOLD = 3


class _Part(BaseModel):
    """Keys that somebody reads, each of one sort where it is there; others may stand beside them."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)


class _Machine(_Part):
    host: str | None = None
    system: str | None = None
    processor: str | None = None
    python: str | None = None
    versions: dict[str, str] | None = None


class _Data(_Part):
    name: str | None = None
    source: str | None = None
    sha256: dict[str, str] | None = None


class _Facts(_Part):
    samples: int | None = None
    h_x: float | None = None
    h_y: float | None = None
    i_xy: float | None = None


class _Replica(_Part):
    state: str | None = None
    reason: str | None = None


class _Counts(_Part):
    made: int | None = None
    invalid: int | None = None


class _Gradients(_Part):
    statistics: int | None = None
    rates: int | None = None


class _Expectation(_Part):
    what: str | None = None
    layer: str | None = None
    estimator: str | None = None
    epoch: int | None = None
    value: float | None = None
    tolerance: float | None = None
    found: float | None = None
    agrees: bool | None = None
    source: str | None = None


class _Manifest(_Part):
    name: str | None = None
    digest: str | None = None
    state: str | None = None
    reason: str | None = None
    started: str | None = None
    seconds: float | None = None
    argv: list[str] | None = None
    seed: int | None = None
    device: str | None = None
    device_name: str | None = None
    threads: int | None = None
    engine: str | None = None
    code_sha256: str | None = None
    weights: int | None = None
    layers: list[str] | None = None
    files: dict[str, str] | None = None
    machine: _Machine | None = None
    data: _Data | None = None
    facts: _Facts | None = None
    bottleneck: dict[str, list[float]] | None = None
    replicas: dict[str, _Replica] | None = None
    measurements: _Counts | None = None
    gradients: _Gradients | None = None
    expectations: list[_Expectation] | None = None


def check_manifest(manifest: Any, path: Path) -> dict[str, Any]:
    """Return a manifest whose keys have the sorts that figures, reports and verdicts rely on.

    Raises:
        UserError: It has not.
    """
    try:
        _Manifest.model_validate(manifest)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        told = [f"{_place(detail['loc'])}: {detail['msg'].lower()}" for detail in details[:MOST_TOLD]]
        raise UserError(f"{path} is not the manifest of a run: {'; '.join(told)}") from None
    checked: dict[str, Any] = manifest
    return checked


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(step)[:60] for step in location) or "the whole"
