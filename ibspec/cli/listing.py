"""`ibspec list`."""

import json
from pathlib import Path
from typing import Any

import typer

SPECS = Path("specs")
UNIONS = {
    "data": "data",
    "models": "model",
    "estimators": "measure.estimators",
    "schedules": "measure.when",
    "optimisers": "training.optimiser",
}


def show_list(what: str, out: Path) -> None:
    """Print one line for each thing of that sort."""
    if what == "specs":
        _show_specs()
    elif what == "runs":
        _show_runs(out)
    elif what == "figures":
        from ibspec.spec import FIGURE_NAMES

        typer.echo("\n".join(FIGURE_NAMES))
    elif what in UNIONS:
        for kind, about in _members(UNIONS[what]):
            typer.echo(f"{kind:<20} {about}")
    else:
        # Imported here because it brings torch with it, which the other answers must not wait for.
        from ibspec.core import UserError

        known = ", ".join(["specs", "runs", *UNIONS, "figures"])
        raise UserError(f"list: nothing called '{what}'. Known here: {known}")


def _show_specs() -> None:
    files = sorted(SPECS.glob("*.json")) if SPECS.is_dir() else []
    found = [(file, _read(file)) for file in files if file.name != "schema.json"]
    if not found:
        typer.echo(f"no specs in {SPECS}/ here")
    for file, document in found:
        about = str(document.get("about", "")).split(". ")[0]
        typer.echo(f"{file}  {about}")


def _show_runs(out: Path) -> None:
    manifests = sorted(out.glob("*/*/manifest.json"))
    if not manifests:
        typer.echo(f"no runs in {out}/")
    for file in manifests:
        manifest = _read(file)
        made = manifest.get("measurements", {}).get("made", 0)
        typer.echo(f"{file.parent}  {manifest.get('state', '?')}, {made} measurements")


def _read(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _members(key: str) -> list[tuple[str, str]]:
    """Return the kinds of a union in the schema, each with the first line of what it is."""
    from ibspec.spec import spec_schema

    definitions = spec_schema()["$defs"]
    schema = spec_schema()
    for step in key.split("."):
        schema = schema["properties"][step]
        schema = definitions[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    union = schema.get("items", schema)
    members = []
    for kind, reference in sorted(union["discriminator"]["mapping"].items()):
        description = definitions[reference.rsplit("/", 1)[1]].get("description", "")
        members.append((kind, description.split("\n")[0]))
    return members
