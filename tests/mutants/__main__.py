"""`python -m tests.mutants --sample 400 --seed 1`: how many of so many faults do the tests notice?"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

for threads in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before torch is imported: children share the machine between them

from tests.mutants.choosing import Timings  # noqa: E402
from tests.mutants.forking import warm  # noqa: E402
from tests.mutants.imports import Imports  # noqa: E402
from tests.mutants.judging import Judges  # noqa: E402
from tests.mutants.making import Mutant, sample  # noqa: E402
from tests.mutants.reporting import entry, is_killed, score, write  # noqa: E402

AREAS = {
    "estimators": ("ibspec/estimators",),
    "analysis": ("ibspec/analysis", "ibspec/dynamics"),
    "schedules": ("ibspec/schedules",),
    "claims": ("ibspec/claims",),
}
"""Whose faults are tried, each on its own tests and on the claims in verification/; as many from each.

The claims themselves are judges here. `--only verification` puts faults into them: one that lives is most
often another example of the same statement, and says less than one in the rooms above.
"""

FOLDERS = ("ibspec", "tests", "verification")

ENOUGH = 0.9
"""Share of the faults that are to be noticed."""


def main() -> int:
    """Exit status 0 where at least nine faults in ten were noticed."""
    options = _options()
    begun = time.monotonic()
    imports = Imports(options.root.resolve(), tuple(options.folders))
    mutants, counts = _draw(imports, options)
    drawn = len(mutants)
    _say(begun, f"{drawn} mutants of {counts}")
    entries: list[dict[str, Any]] = []
    if options.again:
        known = {
            one["key"]: one for one in json.loads(options.again.read_text())["mutants"] if is_killed(one)
        }
        entries = [known[mutant.key] for mutant in mutants if mutant.key in known]
        mutants = [mutant for mutant in mutants if mutant.key not in known]
    timings = Timings(options.report / "mutants-timings.json", imports.root)
    warm(imports.strangers)
    judges = Judges(imports, timings, options.jobs, lambda line: _say(begun, line))
    facts = {"seed": options.seed, "drawn": drawn, "of": counts, "broken": timings.broken}
    trying = time.monotonic()
    for number, judged in enumerate(judges.judge(mutants, begun + 60 * options.minutes), 1):
        entries.append(entry(judged))
        rest = (time.monotonic() - trying) / number * (len(mutants) - number) / 60
        which = f"{judged.mutant.module}:{judged.mutant.line} {judged.verdict} {judged.seconds:.1f} s"
        noticed = sum(map(is_killed, entries))
        _say(begun, f"{number}/{len(mutants)} {which}; {noticed} noticed, {rest:.0f} min left")
        write(options.report, facts, entries)  # so that a run that is stopped can go on: --again
    print(write(options.report, facts, entries))
    if drawn > len(entries):
        print(f"{drawn - len(entries)} were not reached; go on with --again {options.report}/mutants.json")
    return 0 if score(entries) >= ENOUGH else 1


def _draw(imports: Imports, options: argparse.Namespace) -> tuple[list[Mutant], dict[str, int]]:
    """As many mutants from each area, mixed: a run that is stopped has seen something of every area."""
    areas = {"chosen": options.only} if options.only else AREAS
    mutants: list[Mutant] = []
    counts: dict[str, int] = {}
    for number, (area, rooms) in enumerate(areas.items()):
        places = [imports.root / room for room in rooms]
        modules = {n: p for n, p in imports.paths.items() if any(q == p or q in p.parents for q in places)}
        drawn, counts[area] = sample(modules, (options.sample + number) // len(areas), options.seed)
        mutants += drawn
    Random(options.seed).shuffle(mutants)
    return mutants, counts


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=400, help="mutants to try")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants tried at a time")
    parser.add_argument(
        "--report", type=Path, default=Path("reports"), help="folder for the report and the timings"
    )
    parser.add_argument(
        "--again", type=Path, help="an earlier mutants.json: try only what it did not see noticed"
    )
    parser.add_argument("--minutes", type=float, default=45, help="after which no other mutant is begun")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the tree")
    parser.add_argument(
        "--only", nargs="+", help="folders or files whose faults are tried, instead of all areas"
    )
    parser.add_argument(
        "--folders", nargs="+", default=FOLDERS, help="folders of the tree with the code and its tests"
    )
    return parser.parse_args()


def _say(begun: float, line: str) -> None:
    print(f"[{(time.monotonic() - begun) / 60:5.1f} min] {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
