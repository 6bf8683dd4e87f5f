"""What the sources state, what of it the suite judges, and what is left.

The catalogue lists 204 statements, each with a number, an id, a section and a verdict on paper. Two more
lists say what has no test: `owed.json` what is still to come, `wording.json` what is a slip of the pen and
cannot be executed. `own.json` says which ids the suite has beyond the catalogue.

    python -m verification.catalogue                  count what of each section is judged, owed or wording
    python -m verification.catalogue --write-owed     write owed.json: all that is neither judged nor wording
    python -m verification.catalogue --extract FILE   write catalogue.json from the headings of FILE
"""

import argparse
import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import final

HERE = Path(__file__).parent

CATALOGUE, OWED, WORDING, OWN = (HERE / f"{name}.json" for name in ("catalogue", "owed", "wording", "own"))

SECTION = re.compile(r"^## ([A-Z])\. ")

HEADING = re.compile(r"^### (\d+)\. `([^`]+)` — (.+)$")

HOLDING = frozenset({"definition", "theorem", "identity", "algorithm", "bound", "agreement"})

KINDS: dict[str, frozenset[str]] = {
    "TRUE as written": HOLDING,
    "TRUE under conditions": HOLDING,
    "FALSE as written": frozenset({"erratum"}),
    "FALSE if extended": frozenset({"extension"}),
    "UNDEFINED": frozenset({"definition"}),
    "EMPIRICAL": frozenset({"finding"}),
}
"""Which kinds of claim a verdict on paper allows; the kind in turn fixes what can be expected."""


@final
@dataclass(frozen=True)
class Entry:
    """A statement of the catalogue.

    Attributes:
        number: From 1, in the order of the catalogue.
        id: `topic.name`, as on the claim that judges it.
        section: A letter, A to M.
        verdict: One of `KINDS`.
    """

    number: int
    id: str
    section: str
    verdict: str


def read_catalogue() -> list[Entry]:
    """Return all entries in their order."""
    return [Entry(**row) for row in json.loads(CATALOGUE.read_text(encoding="utf-8"))]


def read_list(path: Path) -> dict[str, str]:
    """Return the ids of a list, each with its section or its reason."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_markers(folder: Path = HERE) -> Iterator[dict[str, str]]:
    """Yield what stands on the `claim` marker of each test below a folder, without importing the tests."""
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.claim":
                named = {str(word.arg): ast.literal_eval(word.value) for word in node.keywords}
                yield {"id": ast.literal_eval(node.args[0]), **named}


def find_owed() -> dict[str, str]:
    """Return what is neither judged nor wording, each id with its section."""
    settled = {marker["id"] for marker in read_markers()} | set(read_list(WORDING))
    return {entry.id: entry.section for entry in read_catalogue() if entry.id not in settled}


def extract(text: str) -> list[Entry]:
    """Read number, id, section and verdict off the headings of the catalogue's text, and nothing else."""
    entries, section = [], ""
    for line in text.splitlines():
        if found := SECTION.match(line):
            section = found[1]
        elif found := HEADING.match(line):
            entries.append(Entry(int(found[1]), found[2], section, found[3].strip()))
    return entries


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m verification.catalogue", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--extract", metavar="FILE", type=Path)
    parser.add_argument("--write-owed", action="store_true")
    arguments = parser.parse_args()
    if arguments.extract:
        entries = extract(arguments.extract.read_text(encoding="utf-8"))
        rows = ",\n".join("  " + json.dumps(asdict(entry)) for entry in entries)
        CATALOGUE.write_text(f"[\n{rows}\n]\n", encoding="utf-8")
    if arguments.write_owed:
        OWED.write_text(json.dumps(find_owed(), indent=2) + "\n", encoding="utf-8")
    owed, wording = find_owed(), read_list(WORDING)
    entries = read_catalogue()
    print("section  entries  judged  owed  wording")
    for section, count in Counter(entry.section for entry in entries).items():
        here = [entry.id for entry in entries if entry.section == section]
        missing, worded = len(owed.keys() & here), len(wording.keys() & here)
        print(f"{section:7}  {count:7}  {count - missing - worded:6}  {missing:4}  {worded:7}")
    print(f"{'all':7}  {len(entries):7}  {len(entries) - len(owed) - len(wording):6}", end="  ")
    print(f"{len(owed):4}  {len(wording):7}")


if __name__ == "__main__":
    main()
