"""The page of a run: one file that needs nothing else, not even a network."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import jinja2
from markupsafe import Markup

from ibspec.core import write_atomically
from ibspec.figures import Run, Tables
from ibspec.figures.style import printable
from ibspec.report.mathematics import typeset
from ibspec.report.run_events import events_section
from ibspec.report.run_figures import draw_images
from ibspec.report.run_tables import expectation_rows, invalid_reasons, last_epochs, warning_counts
from ibspec.report.run_verdict import judge_run
from ibspec.report.run_verification import verification_section

SEEN = "\n\t\u00a0\u202f\u200b\u200d\u00ad"
"""White space and joints of words that pages are written with."""


def write_run_page(run: Run) -> Path:
    """Write `report.html` into a run's directory: verdict, figures, last values, how to repeat it.

    The page holds everything that it shows; nothing is loaded from anywhere. Text of the spec is
    escaped. A run that is unfinished or failed gets a page too.
    """
    path = run.path / "report.html"
    # Half a character, which a file of JSON can name and no file of text can hold, becomes a question mark.
    write_atomically(path, run_page(run).encode("utf-8", "replace"))
    return path


def run_page(run: Run) -> str:
    """Return the page of a run as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ibspec.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters["typeset"] = typeset
    tables = Tables.of_run(run)
    spec, manifest, measurements = spec_document(run.spec), run.manifest, run.measurements
    images = draw_images(tables, spec)
    return environment.get_template("run.html").render(
        name=tables.title,
        directory=run.path.name,
        about=[part for part in str(spec.get("about") or "").split("\n") if part.strip()],
        sources=[str(source) for source in spec.get("sources") or []],
        verdict=judge_run(manifest, measurements),
        images=[image for image in images if image.uri],
        blanks=[image for image in images if not image.uri],
        tables=last_epochs(measurements) if len(measurements) else [],
        verified=verification_section(run.path, len(measurements)),
        events=events_section(run.path, manifest, len(measurements)),
        warnings=warning_counts(measurements),
        invalid=invalid_reasons(measurements),
        expectations=expectation_rows(manifest),
        facts=_facts(manifest),
        command=command_line(manifest),
        details=_details(manifest),
        versions=(manifest.get("machine") or {}).get("versions") or {},
        spec_json=json.dumps(spec, indent=2, ensure_ascii=False),
        manifest_json=json.dumps(manifest, indent=2, ensure_ascii=False, default=str),
    )


def spec_document(spec: Any) -> Mapping[str, Any]:
    """Return a spec as the JSON that a person would write."""
    if isinstance(spec, Mapping):
        return spec
    document: Mapping[str, Any] = spec.model_dump(mode="json", by_alias=True)
    return document


def command_line(manifest: Mapping[str, Any]) -> str:
    """Return the command that made the run, quoted for a shell; empty where it was made from Python."""
    arguments = [str(argument) for argument in manifest.get("argv") or []]
    if not arguments:
        return ""
    # Readers copy this line: whatever a manifest says, it never names another program.
    start = ["ibspec"] if PurePath(arguments[0]).name == "ibspec" else ["python", "-m", "ibspec"]
    return printable(shlex.join([*start, *arguments[1:]]))


def _visible(value: Any) -> Any:
    """Show letters that cannot be seen, or that turn the direction of others, as a box; keep line ends."""
    if not isinstance(value, str) or value.replace("\n", "").isprintable():
        return value
    shown = "".join(each if each.isprintable() or each in SEEN else "\ufffd" for each in value)
    return Markup(shown) if isinstance(value, Markup) else shown


def _facts(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    facts = manifest.get("facts") or {}
    names = {"samples": "samples in the probe", "h_x": "H(X)", "h_y": "H(Y)", "i_xy": "I(X;Y)"}
    return [
        (name, f"{facts[key]}" if key == "samples" else f"{facts[key]:.4f} bits")
        for key, name in names.items()
        if facts.get(key) is not None
    ]


def _details(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What decides the numbers, as pairs of words; unknown ones are left out."""
    machine: Mapping[str, Any] = manifest.get("machine") or {}
    data: Mapping[str, Any] = manifest.get("data") or {}
    weights = manifest.get("weights")
    seconds = manifest.get("seconds")
    pairs = {
        "spec digest": manifest.get("digest"),
        "code (SHA-256)": manifest.get("code_sha256"),
        "data": "; ".join(str(data[key]) for key in ("name", "source") if data.get(key)),
        "seed": manifest.get("seed"),
        "device": " ".join(str(manifest[key]) for key in ("device", "device_name") if manifest.get(key)),
        "threads": manifest.get("threads"),
        "engine": manifest.get("engine"),
        "weights in the net": None if weights is None else f"{weights:,}".replace(",", "\u202f"),
        "machine": ", ".join(str(machine[key]) for key in ("processor", "system") if machine.get(key)),
        "Python": machine.get("python"),
        "started": manifest.get("started"),
        "took": None if seconds is None else _duration(float(seconds)),
    }
    return [(name, str(value)) for name, value in pairs.items() if value not in (None, "")]


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
