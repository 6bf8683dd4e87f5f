"""Draw the gallery: run shipped specs with reduced settings, keep their figures, and write index.md.

`make gallery`, or `python docs/gallery/make.py [--out DIR] [--runs DIR]`; some minutes on two cores.
"""

import argparse
import io
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

from PIL import Image

from ibspec import load
from ibspec.figures import Blank, Drawing, Tables, compare_planes, draw, render
from ibspec.figures.style import styled

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]

DPI: Final = 130
"""Sharp on a screen, and small."""

COLOURS: Final = 256
"""Of a picture: flat colours and the rims of letters need no more."""

LOG: Final = {"kind": "log-spaced", "per_decade": 10}


@final
@dataclass(frozen=True)
class Job:
    """A run of a shipped spec.

    Attributes:
        spec: Name of its file without the ending.
        settings: Keys that are changed, and to what; no figures are drawn but those that need more kept.
    """

    spec: str
    settings: Mapping[str, Any]

    @property
    def arguments(self) -> list[str]:
        """Arguments of `ibspec`, but for where the run goes."""
        sets = [
            f"{key}={value if isinstance(value, str) else json.dumps(value)}"
            for key, value in self.settings.items()
        ]
        return ["run", f"specs/{self.spec}.json", *(word for each in sets for word in ("--set", each))]

    @property
    def command(self) -> str:
        """What a person types to get the same run."""
        return shlex.join(["ibspec", *self.arguments])


@final
@dataclass(frozen=True)
class Picture:
    """A figure of a run, or of several side by side.

    Attributes:
        figure: Kind, as `ibspec plot --figure` takes it.
        jobs: Keys of `JOBS`.
        begins: How the name of the file begins; the first one of the kind where left out.
        says: What to look at, in a sentence.
    """

    figure: str
    jobs: tuple[str, ...]
    says: str
    begins: str = ""


WIDE: Final = [
    {"kind": "kde", "noise_variance": 0.001},
    *({"kind": "binning", "cells": {"kind": "width", "width": width}} for width in (0.03, 0.07, 0.2, 0.5)),
]

SMALL: Final = {"figures": [], "training.epochs": 3000, "measure.probe.size": 1000, "measure.when": LOG}

JOBS: Final = {
    "tanh": Job("tishby_tanh", SMALL),
    "relu": Job("tishby_relu", SMALL),
    "replicas": Job(
        "tishby_gradients",
        {
            "figures": [],
            "training.replicas": 10,
            "measure.probe.size": 600,
            "measure.when": LOG,
            "measure.estimators": WIDE,
            "measure.gradients.readings": ["moving", "fixed"],
            "measure.gradients.per_sample": False,
        },
    ),
    "channels": Job("mnist_cnn_mean", {"measure.view": "channels", "figures": []}),
    "adaptive": Job(
        "digits_mlp",
        {
            "figures": ["activations"],
            "training.replicas": 4,
            "measure.when": {"kind": "delta-approximate", "delta": 0.1},
        },
    ),
}
"""Runs by name, each used for several pictures."""

PICTURES: Final = (
    Picture("plane", ("tanh",), "Where the layers are in the plane, and when.", "plane-kde"),
    Picture("animation", ("tanh",), "The same as it happens.", "animation-kde"),
    Picture(
        "before-after", ("tanh",), "Proven bounds as bars: what is known for certain.", "before-after-kde"
    ),
    Picture("side-by-side", ("tanh",), "The same net through three estimators."),
    Picture("side-by-side", ("tanh", "relu"), "Two activations, the same scale."),
    Picture("bounds-vs-epoch", ("tanh",), "How wide the proven bounds are, layer by layer."),
    Picture("mean-plane", ("replicas",), "Ten nets in one plane, without spaghetti.", "mean-plane-kde"),
    Picture(
        "information-vs-epoch",
        ("replicas",),
        "The spread of nets, and of their mean.",
        "information-vs-epoch-kde",
    ),
    Picture("sensitivity", ("replicas",), "How much the width of a bin decides."),
    Picture("loss", ("replicas",), "The loss with its kink, if it has one."),
    Picture("gradients", ("replicas",), "Mean and deviation of mini-batch gradients."),
    Picture(
        "hypothesis",
        ("replicas",),
        "Do kink, fall of the SNR and compression come together?",
        "hypothesis-kde",
    ),
    Picture("loss-rate", ("replicas",), "The mean gradient predicts the loss, until it does not."),
    Picture(
        "information-rate",
        ("replicas",),
        "The link between gradients and information: the rate of the bounds.",
    ),
    Picture("channels", ("channels",), "Every channel of a convolutional layer by itself."),
    Picture("activations", ("adaptive",), "The layers themselves, for one input."),
    Picture("schedule", ("adaptive",), "Which epochs an adaptive schedule found worth measuring."),
)


def main() -> None:
    """Make all runs, draw all pictures, write the page."""
    parser = argparse.ArgumentParser(description="Draw the gallery of docs/gallery.")
    parser.add_argument("--out", type=Path, default=HERE, help="where pictures and index.md go")
    parser.add_argument("--runs", type=Path, help="where runs go; a temporary directory if left out")
    parser.add_argument("--only", nargs="*", choices=JOBS, default=list(JOBS), help="these runs alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = options.runs or Path(temporary)
        runs = {name: made(name, place) for name in options.only}
        parts = [
            show(picture, [runs[job] for job in picture.jobs], options.out)
            for picture in PICTURES
            if set(picture.jobs) <= set(runs)
        ]
    (options.out / "index.md").write_text(page(parts), encoding="utf-8")


def made(name: str, place: Path) -> Tables:
    """Run a job, unless it was run at that place before, and return its tables."""
    out, job = place / name, JOBS[name]
    begun = time.monotonic()
    if not list(out.glob("*/*/measurements.parquet")):
        program = [sys.executable, "-m", "ibspec", *job.arguments, "--quiet", "--out", str(out)]
        subprocess.run(program, check=True, cwd=ROOT)
    print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)
    return Tables.of_run(load(next(out.iterdir())))


def show(picture: Picture, runs: Sequence[Tables], out: Path) -> str:
    """Draw one picture and return its part of the page."""
    if len(runs) > 1:
        found: Drawing | Blank = compare_planes(runs)
    else:
        kinds = draw(runs[0], only=picture.figure)
        found = next(
            each for each in kinds if isinstance(each, Blank) or each.name.startswith(picture.begins)
        )
    if isinstance(found, Blank):
        raise SystemExit(f"{picture.figure} of {', '.join(picture.jobs)}: {found.reason}")
    stem = f"{picture.figure}-{'-'.join(picture.jobs)}"
    if found.film is not None:
        file = f"{stem}.gif"
        (out / file).write_bytes(render(found, "gif"))
    else:
        file = f"{stem}.png"
        (out / file).write_bytes(small(found))
    commands = [JOBS[name].command for name in picture.jobs]
    drawn = f"ibspec plot {' '.join('RUN' if len(runs) == 1 else f'RUN{k + 1}' for k in range(len(runs)))}"
    return "\n".join(
        [
            f"## {picture.figure}: {', '.join(picture.jobs)}\n",
            f"{picture.says}\n",
            f"![{found.title}]({file})\n",
            "```sh",
            *commands,
            f"{drawn} --figure {picture.figure}",
            "```\n",
        ]
    )


def small(drawing: Drawing) -> bytes:
    """Return a PNG for a page: fewer points and colours than that of a run."""
    buffer, page = io.BytesIO(), io.BytesIO()
    with styled():
        drawing.figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    with Image.open(buffer) as image:
        image.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            page, format="PNG", optimize=True
        )
    return page.getvalue()


def page(parts: Sequence[str]) -> str:
    """Return the whole page."""
    head = (
        "# Gallery\n\nEvery kind of figure, from shipped specs with reduced settings. `make gallery` draws "
        "them again; under each stand the commands that make it, `RUN` being the directory that the first "
        "one prints.\n"
    )
    return "\n".join([head, *parts])


if __name__ == "__main__":
    main()
