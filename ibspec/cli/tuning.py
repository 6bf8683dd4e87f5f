"""`ibspec tune-noise` and `ibspec sample-size`."""

import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

import numpy as np

from ibspec.cli.counting import counting
from ibspec.cli.saying import say
from ibspec.cli.tabulating import tabulate
from ibspec.core import UserError, bits, entropy_bits
from ibspec.loading import load
from ibspec.results import write_sealed
from ibspec.runner import prepare
from ibspec.spec import read_spec
from ibspec.tuning import (
    LabelCriterion,
    activity_of,
    choose_layer,
    net_of,
    sizes_up_to,
    sweep,
    train_net,
    tune_to_share,
)

CRITERIA: Final = {
    "label-information": LabelCriterion(),
    "label-entropy": LabelCriterion(quantity="entropy", bound="middle"),
    "label-entropy-nats": LabelCriterion(quantity="entropy", bound="middle", unit="nats"),
}
"""By name; the first is the published one by its words, the last the reconstruction nearest its number."""

SHARE: Final = "layer-share"

REPRESENTATIONS: Final = ("one-hot", "integers", "unit-integers")

PER_CLASS: Final = 10
"""Labels of each class where no data are named: their bounds depend on the shares alone."""

STORED: Final = "sample-size.json"


def tune_noise(
    spec_file: Path | None,
    overrides: Sequence[str],
    data_dir: Path | None,
    *,
    criterion: str,
    representation: str,
    short: float,
    classes: int,
    layer: str | None,
    share: float,
    epoch: int,
) -> None:
    """Find the noise variance that a criterion asks for, and say what that does not decide."""
    known = (*CRITERIA, SHARE)
    if criterion not in known:
        raise UserError(f"--criterion: no criterion '{criterion}'. Known here: {', '.join(known)}")
    if criterion == SHARE:
        _tune_to_share(spec_file, overrides, data_dir, layer, share, epoch)
    else:
        labels = _labels(spec_file, overrides, data_dir, classes)
        _tune_to_labels(criterion, labels, representation, short)


def _labels(
    spec_file: Path | None, overrides: Sequence[str], data_dir: Path | None, classes: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if spec_file is None:
        if not 2 <= classes <= 1000:
            raise UserError(f"--classes: wanted 2 to 1000; got {classes}")
        return np.repeat(np.arange(classes), PER_CLASS)
    prepared = prepare(read_spec(spec_file, overrides), device="cpu", data_dir=data_dir)
    if prepared.probe.classes is None:
        raise UserError(f"{spec_file}: its labels are real numbers; a label criterion wants classes")
    return prepared.probe.classes


def _tune_to_labels(
    name: str, labels: np.ndarray[tuple[int], np.dtype[np.int64]], representation: str, short: float
) -> None:
    if representation not in REPRESENTATIONS:
        raise UserError(
            f"--representation: no representation '{representation}'. Known here: "
            f"{', '.join(REPRESENTATIONS)}"
        )
    if not 0 <= short < math.inf:
        raise UserError(f"--short: wanted 0 or more; got {short:g}")
    criterion = replace(CRITERIA[name], representation=representation, short=short)  # type: ignore[arg-type]
    target = entropy_bits(labels)
    say(
        f"{name}: the {criterion.bound} {criterion.quantity} of {representation} labels, left in "
        f"{criterion.unit}, is to be H(Y) = {target:.6f} bits" + (f" less {short:g}" if short else "")
    )
    say(f"{criterion.determines}.")
    roots = criterion.solve(labels)
    bracket = criterion.bracket(labels) if criterion.quantity == "entropy" else None
    around = (
        "" if bracket is None else f" ({bracket[0]:.5g} to {bracket[1]:.5g} by the two ends of the bounds)"
    )
    for root in roots:
        ends = ", ".join(
            f"{end} {criterion.value(labels, root.variance, end):.6f}" for end in ("lower", "middle", "upper")
        )
        say(f"noise_variance {root.variance:.6g}{around}; there it is {ends} {criterion.unit}")
    if len(roots) > 1:
        say(f"{len(roots)} variances meet the criterion: it does not choose between them")


def _tune_to_share(
    spec_file: Path | None,
    overrides: Sequence[str],
    data_dir: Path | None,
    layer: str | None,
    share: float,
    epoch: int,
) -> None:
    if spec_file is None:
        raise UserError(f"--criterion {SHARE} wants a SPEC: data, a net and a layer of it")
    spec = read_spec(spec_file, overrides)
    if not 0 <= epoch <= spec.training.epochs:
        raise UserError(f"--epoch: wanted 0 to {spec.training.epochs}, training.epochs; got {epoch}")
    prepared = prepare(spec, device="cpu", data_dir=data_dir)
    chosen = choose_layer(prepared, layer)
    with counting("epoch") as tell:
        net = train_net(prepared, epoch, lambda done: tell(done, epoch, "training"))
    values = activity_of(net, prepared.probe, chosen, prepared.device)
    found = tune_to_share(values.flatten(1), prepared.probe, share)
    say(
        f"{SHARE}: f(1), the upper bound on I(X;T) of {chosen} as one vector at epoch {epoch}, is to be "
        f"{share:g} of log2 {prepared.probe.samples} = {found.ceiling:.4f} bits"
    )
    say(
        "This determines a variance for this layer, net and epoch, and by construction says nothing about "
        "information: the same share is found in any layer. In training the layer's scale changes, and with "
        "it the share."
    )
    say(
        f"noise_variance {found.root.variance:.6g}; there I(X;T) is {found.lower:.4f} to "
        f"{found.root.value:.4f} bits"
    )


def show_sample_size(
    path: Path, data_dir: Path | None, *, replica: int, draws: int, least: int, most: int | None
) -> None:
    """Measure a run's final net on probes of growing size, and say where the estimates settle."""
    run = load(path)
    if draws < 1 or least < 2:
        raise UserError(f"wanted --draws 1 or more and --least 2 or more; got {draws} and {least}")
    spec = run.spec.model_copy(
        update={
            "measure": run.spec.measure.model_copy(
                update={"probe": run.spec.measure.probe.model_copy(update={"size": most})}
            )
        }
    )
    prepared = prepare(spec, device="cpu", data_dir=data_dir)
    net = net_of(run, prepared, replica)
    sizes = sizes_up_to(prepared.probe.samples, least)
    with counting("probe") as tell:
        swept = sweep(prepared, net, sizes, draws, tell)
    if not swept:
        raise UserError(f"{run.path}: no layer could be measured at every size")
    tabulate(
        ("layer", "estimator", *(f"N={size}" for size in sizes), "bits a doubling", ""),
        [
            (
                each.layer,
                each.estimator,
                *(f"{mean:.3f}" for mean in each.growth.means),
                f"{each.growth.slope:+.3f} ± {each.growth.error:.3f}",
                each.growth.state,
            )
            for each in swept
        ],
        numbers=range(2, len(sizes) + 3),
        title=f"I(X;T) in bits of replica {replica} after training, mean of {draws} draws of each size",
    )
    document = {
        "replica": replica,
        "draws": draws,
        "log2_n": [bits(math.log(size)) for size in sizes],
        "swept": [
            {
                "layer": each.layer,
                "estimator": each.estimator,
                **asdict(each.growth),
                "state": each.growth.state,
            }
            for each in swept
        ],
    }
    write_sealed(run.path / STORED, document)
    settled = sum(each.growth.state == "settled" for each in swept)
    say(
        f"{settled} of {len(swept)} estimates change by less than 0.05 bits a doubling over the last two "
        f"doublings; {run.path / STORED}"
    )
