"""The commands and their options."""

from pathlib import Path
from typing import Annotated

import typer

from ibspec.cli.reporting import reported

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A test bench for the information-bottleneck debate: declare an experiment, measure every layer "
    "with every estimator, draw the information plane.",
)

SpecFile = Annotated[Path, typer.Argument(metavar="SPEC", help="The experiment, a JSON file.")]
RunPath = Annotated[
    Path, typer.Argument(metavar="RUN", help="A run directory, or a spec's directory of runs: the newest.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change a key of the spec, such as training.epochs=50. Repeatable."
    ),
]
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", metavar="DIR", help="Where to look for data files first.")
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or cuda:N.")]


def _version(wanted: bool) -> None:
    if wanted:
        from ibspec import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _ibspec(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command("run")
@reported
def run_command(
    spec: SpecFile,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where run directories go.")] = Path(
        "runs"
    ),
    overrides: Overrides = None,
    device: Device = "auto",
    data_dir: DataDir = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the newest unfinished run of this experiment.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the last line only.")] = False,
) -> None:
    """Train, measure, write tables, draw figures and a report."""
    from ibspec.cli.running import run_and_draw

    run_and_draw(spec, overrides or [], out, device, data_dir, resume=resume, quiet=quiet)


@app.command()
@reported
def validate(
    spec: SpecFile, overrides: Overrides = None, device: Device = "auto", data_dir: DataDir = None
) -> None:
    """Check everything that `run` checks before it starts: spec, data, layers, memory, device."""
    from ibspec.cli.showing import show_validity

    show_validity(spec, overrides or [], device, data_dir)


@app.command()
@reported
def plan(
    spec: SpecFile, overrides: Overrides = None, device: Device = "auto", data_dir: DataDir = None
) -> None:
    """Say how many measurements a run makes, and how long, how much memory and disk it takes."""
    from ibspec.cli.showing import show_plan

    show_plan(spec, overrides or [], device, data_dir)


@app.command()
@reported
def plot(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN",
            help="A run directory, or a spec's directory of runs: the newest. Several with "
            "--figure side-by-side.",
        ),
    ],
    figure: Annotated[
        str | None, typer.Option("--figure", metavar="NAME", help="Draw this figure only.")
    ] = None,
) -> None:
    """Draw the figures of a run again, and its report, or the planes of several runs side by side."""
    from ibspec.cli.drawing import draw

    draw(runs, figure)


@app.command()
@reported
def verify(
    run: Annotated[
        Path | None,
        typer.Argument(
            metavar="[RUN]",
            show_default=False,
            help="Judge what this run measured. Left out: check the theory in verification/.",
        ),
    ] = None,
    keyword: Annotated[
        str | None, typer.Option("-k", metavar="WORDS", help="Only these claims of verification/, as pytest.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="DIR", help="Write the page of verification/ to DIR.")
    ] = None,
    long: Annotated[
        bool, typer.Option("--long", help="Search verification/ longer, with new inputs each time.")
    ] = False,
) -> None:
    """Check the theory claim by claim, or judge what holds of a finished run."""
    from ibspec.cli.verifying import verify_run, verify_theory

    if run is None:
        verify_theory(keyword, report, long=long)
    else:
        verify_run(run, keyword, report, long=long)


@app.command()
@reported
def compare(
    one: Annotated[Path, typer.Argument(metavar="A", help="A run directory, or a spec's directory of runs.")],
    other: Annotated[
        Path | None,
        typer.Argument(
            metavar="[B]",
            show_default=False,
            help="Another run. Left out: the values that A's spec expects.",
        ),
    ] = None,
    rtol: Annotated[
        float | None, typer.Option("--rtol", metavar="X", help="Share of the larger number; 0 by default.")
    ] = None,
    atol: Annotated[
        float | None, typer.Option("--atol", metavar="Y", help="Bits; 1e-9, rounding, by default.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write everything that was found to FILE.")
    ] = None,
) -> None:
    """Say where the numbers of two runs differ, or a run's from what its spec expects; 1 if they do."""
    from ibspec.cli.comparing import compare_expected, compare_two

    if other is None:
        compare_expected(one, rtol, atol, json_file)
    else:
        compare_two(one, other, rtol, atol, json_file)


@app.command()
@reported
def analyse(
    run: RunPath,
    estimator: Annotated[
        str | None,
        typer.Option(
            "--estimator",
            metavar="LABEL",
            help="Print this estimator only, such as kde(0.1); analysis.json always has all of them.",
        ),
    ] = None,
) -> None:
    """Find compression, fitting, kink of the loss and drop of the SNR, with intervals over replicas."""
    from ibspec.cli.analysing import analyse_and_show

    analyse_and_show(run, estimator)


@app.command()
@reported
def calibrate(
    estimators: Annotated[
        list[str] | None,
        typer.Option(
            "--estimators",
            metavar="NAMES",
            help="Kinds such as ksg,kde, or one as JSON. Repeatable; all with their defaults when left out.",
        ),
    ] = None,
    samples: Annotated[str, typer.Option("--samples", metavar="N,N", help="Sample sizes.")] = "1000,4000",
    dims: Annotated[str, typer.Option("--dims", metavar="D,D", help="Dimensions of X and of T.")] = "1,2,5",
    laws: Annotated[
        str | None, typer.Option("--laws", metavar="NAMES", help="Laws of known information; all by default.")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", help="Draws of each law.")] = 10,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Table and figures; what is there is not repeated.")
    ] = Path("calibration"),
    docs: Annotated[
        Path | None, typer.Option("--docs", metavar="DIR", help="Write a page for each estimator to DIR.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Processes; one a core by default.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the last line only.")] = False,
) -> None:
    """Find bias and spread of each estimator where the information is known on paper."""
    from ibspec.cli.calibrating import run_calibration

    run_calibration(estimators or [], samples, dims, laws, seeds, out, docs, workers, quiet=quiet)


@app.command("tune-noise")
@reported
def tune_noise_command(
    spec: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SPEC]",
            show_default=False,
            help="Whose labels, or which net. Left out: balanced labels of --classes classes.",
        ),
    ] = None,
    criterion: Annotated[
        str,
        typer.Option(
            "--criterion",
            metavar="NAME",
            help="label-information (as published), label-entropy, label-entropy-nats or layer-share.",
        ),
    ] = "label-entropy",
    representation: Annotated[
        str, typer.Option("--representation", help="Labels as one-hot, integers or unit-integers.")
    ] = "one-hot",
    short: Annotated[
        float, typer.Option("--short", metavar="X", help="How far below H(Y) the labels' number may stay.")
    ] = 0.0,
    classes: Annotated[int, typer.Option("--classes", help="Of balanced labels.")] = 10,
    layer: Annotated[
        str | None, typer.Option("--layer", metavar="NAME", help="For layer-share: on which layer.")
    ] = None,
    share: Annotated[float, typer.Option("--share", help="For layer-share: of log2 N.")] = 0.5,
    epoch: Annotated[int, typer.Option("--epoch", help="For layer-share: epochs trained before.")] = 0,
    overrides: Overrides = None,
    data_dir: DataDir = None,
) -> None:
    """Find the noise variance that a criterion asks for, and say what that leaves open."""
    from ibspec.cli.tuning import tune_noise

    tune_noise(
        spec,
        overrides or [],
        data_dir,
        criterion=criterion,
        representation=representation,
        short=short,
        classes=classes,
        layer=layer,
        share=share,
        epoch=epoch,
    )


@app.command("sample-size")
@reported
def sample_size_command(
    run: RunPath,
    replica: Annotated[int, typer.Option("--replica", help="Which net.")] = 0,
    draws: Annotated[int, typer.Option("--draws", help="Random parts of the probe, of each size.")] = 5,
    least: Annotated[int, typer.Option("--least", metavar="N", help="Smallest probe.")] = 100,
    most: Annotated[
        int | None,
        typer.Option(
            "--most",
            metavar="N",
            show_default=False,
            help="Largest probe; all rows of the probe's split if left out.",
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Measure the final net of a run on probes of growing size: do its estimates settle?"""
    from ibspec.cli.tuning import show_sample_size

    show_sample_size(run, data_dir, replica=replica, draws=draws, least=least, most=most)


@app.command("list")
@reported
def list_command(
    what: Annotated[
        str, typer.Argument(help="specs, runs, data, models, estimators, schedules, optimisers or figures.")
    ] = "specs",
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where run directories are.")] = Path(
        "runs"
    ),
) -> None:
    """List what there is."""
    from ibspec.cli.listing import show_list

    show_list(what, out)


@app.command()
@reported
def schema() -> None:
    """Print the JSON Schema of a spec."""
    import json

    from ibspec.spec import spec_schema

    typer.echo(json.dumps(spec_schema(), indent=2))
