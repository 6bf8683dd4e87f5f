"""`ibspec list`."""

import json
import os
import stat
from pathlib import Path
from typing import Any

from ibspec.cli.saying import say

SPECS = Path("specs")
LARGEST_FILE = 16 * 2**20
"""Bytes looked at of a file, which may be a stranger's."""
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

        say("\n".join(FIGURE_NAMES))
    elif what in UNIONS:
        for kind, about in _members(UNIONS[what]):
            say(f"{kind:<20} {about}")
    else:
        # Imported here because it brings torch with it, which the other answers must not wait for.
        from ibspec.core import UserError

        known = ", ".join(["specs", "runs", *UNIONS, "figures"])
        raise UserError(f"list: nothing called '{what}'. Known here: {known}")


def _show_specs() -> None:
    files = sorted(SPECS.glob("*.json")) if SPECS.is_dir() else []
    found = [(file, _read(file)) for file in files if file.name != "schema.json"]
    if not found:
        say(f"no specs in {SPECS}/ here")
    for file, document in found:
        about = " ".join(str(document.get("about", "")).split(". ")[0].split())
        say(f"{file}  {about}")


def _show_runs(out: Path) -> None:
    manifests = sorted(out.glob("*/*/manifest.json"))
    if not manifests:
        say(f"no runs in {out}/")
    for file in manifests:
        manifest = _read(file)
        counts = manifest.get("measurements")
        made = counts.get("made", 0) if isinstance(counts, dict) else 0
        state = manifest.get("state", "?")
        if state == "running" and not _is_written(file.parent):
            state = "killed (--resume goes on)"
        say(f"{file.parent}  {state}, {made} measurements")


def _is_written(run: Path) -> bool:
    """Whether some process writes a run now."""
    from ibspec.results import Lock  # brings torch with it, and is seldom asked

    return Lock.is_held(run)


def _read(file: Path) -> dict[str, Any]:
    """Return what a file says, or nothing where it is no ordinary JSON file: a list goes on to the next."""
    try:
        if not stat.S_ISREG(os.stat(file).st_mode):
            return {}
        with file.open("rb") as stream:
            document = json.loads(stream.read(LARGEST_FILE))
    except (OSError, ValueError, RecursionError):
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
