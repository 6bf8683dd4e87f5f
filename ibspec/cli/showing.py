"""`ibspec validate` and `ibspec plan`."""

from collections.abc import Sequence
from pathlib import Path

from ibspec.cli.saying import say
from ibspec.cli.watching import spell_seconds
from ibspec.runner import plan, prepare
from ibspec.spec import read_spec


def show_validity(spec_file: Path, overrides: Sequence[str], device: str, data_dir: Path | None) -> None:
    """Say that a spec can run, or raise what stands in the way."""
    spec = read_spec(spec_file, overrides)
    prepared = prepare(spec, device=device, data_dir=data_dir)
    say(
        f"{spec_file} is valid: {spec.name}, digest {spec.digest()[:8]}, layers "
        f"{', '.join(prepared.layers)}, data from {prepared.dataset.source}"
    )


def show_plan(spec_file: Path, overrides: Sequence[str], device: str, data_dir: Path | None) -> None:
    """Say what a run will take."""
    spec = read_spec(spec_file, overrides)
    prepared = prepare(spec, device=device, data_dir=data_dir)
    size = plan(prepared)
    training = spec.training
    gradients = spec.measure.gradients
    on_gradients = "" if gradients is None else f", gradients {spell_seconds(size.seconds_gradients)}"
    say(
        "\n".join(
            [
                f"{spec.name} (digest {spec.digest()[:8]}) on {prepared.device}",
                f"  replicas      {training.replicas} of {prepared.weights} weights",
                f"  epochs        {training.epochs}",
                f"  layers        {', '.join(prepared.layers)}",
                f"  measurements  {size.measurements} ({size.epochs_measured} epochs a replica, "
                f"{len(spec.measure.estimators)} estimators, {prepared.probe.samples} samples)",
                f"  time          about {spell_seconds(size.seconds)} (training "
                f"{spell_seconds(size.seconds_training)}, measuring {spell_seconds(size.seconds_measuring)}"
                f"{on_gradients})",
                f"  memory        about {_spell_bytes(size.memory)} beside the data",
                f"  disk          about {_spell_bytes(size.disk)} and the figures",
            ]
        )
    )


def _spell_bytes(size: int) -> str:
    """Return a size as people say it: `27 KiB`, `1.4 MiB`, `23,000 GiB`."""
    power = 3 if size >= 2**30 else 2 if size >= 2**20 else 1
    value, unit = size / 1024**power, ("KiB", "MiB", "GiB")[power - 1]
    return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
